/** The MQTT.js engine for Deno; a separate entry, so that an application without it doesn't download it. */
import type { MqttEngine } from "@isohub/core";
import { createMqttJsEngine } from "@isohub/core/mqttjs";

/**
 * The MQTT.js engine, for the option `engine`; the default is the lean engine. It is bundled for the web, because the npm
 * package reads the environment, which needs more than `--allow-net`. The bundle is loaded with the first connection.
 */
export const mqttJsEngine: MqttEngine = createMqttJsEngine(async () =>
  (await import("@isohub/core/mqttjs-web")).loadMqttJs(),
);
