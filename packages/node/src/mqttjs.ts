/** The MQTT.js engine for Node; a separate entry, so that an application without it needs no package `mqtt`. */
import { Duplex } from "node:stream";
import type { MqttEngine } from "@isohub/core";
import { createMqttJsEngine, type MqttJsModules } from "@isohub/core/mqttjs";
import { packageMissing } from "@isohub/core/runtime";

/**
 * The MQTT.js engine, for the option `engine`; the default is the lean engine. It loads the package `mqtt`, which you install
 * separately, with the first connection.
 *
 * @throws {ClientError} `package_missing` from the first connection, without that package
 */
export const mqttJsEngine: MqttEngine = createMqttJsEngine(() =>
  fromPackage().catch((cause: unknown) => {
    if (needsRequire(cause)) return fromBundle();
    return packageMissing("The MQTT.js engine", "the package 'mqtt'", "npm install mqtt@~5.16.0")(cause);
  }),
);

async function fromPackage(): Promise<MqttJsModules> {
  const { MqttClient } = await import("mqtt");
  return { MqttClient, Duplex } as unknown as MqttJsModules;
}

/** MQTT.js without Node's modules. */
async function fromBundle(): Promise<MqttJsModules> {
  return (await import("@isohub/core/mqttjs-web")).loadMqttJs();
}

/**
 * Whether a bundler has put the package, which is CommonJS, into an ES module without `require`. The messages are those of
 * esbuild, Rolldown and the JavaScript engine.
 */
function needsRequire(cause: unknown): boolean {
  return /^Dynamic require of|^Calling `require` for|^require is not defined/.test(
    String((cause as Error).message),
  );
}
