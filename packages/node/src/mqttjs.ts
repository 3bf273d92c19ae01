/** The MQTT.js engine for Node; a separate entry, so that an application without it needs no package `mqtt`. */
import type { MqttEngine } from "@isohub/core";
import { createMqttJsEngine, type MqttJsModules } from "@isohub/core/mqttjs";
import { packageMissing } from "@isohub/core/runtime";

/**
 * The MQTT.js engine, for the option `engine`; the default is the lean engine. It loads the package `mqtt`, which you install
 * separately, with the first connection.
 *
 * @throws {ClientError} `package_missing` from the first connection, without that package
 */
export const mqttJsEngine: MqttEngine = createMqttJsEngine(async () => {
  const [{ MqttClient }, { Duplex }] = await Promise.all([
    import("mqtt").catch(
      packageMissing("The MQTT.js engine", "the package 'mqtt'", "npm install mqtt@~5.16.0"),
    ),
    import("node:stream"),
  ]);
  return { MqttClient, Duplex } as unknown as MqttJsModules;
});
