import { createRequire } from "node:module";
import type { MqttEngine } from "@isohub/core";
import { createMqttJsEngine, type MqttJsModules } from "@isohub/core/mqttjs";

export { leanEngine } from "@isohub/core/lean";

const load = createRequire(import.meta.url);

/**
 * The MQTT.js engine, for the option `engine`. It is the default on Node. The package `mqtt` is loaded with the first
 * connection.
 */
// require() takes half the time of import() (measured: 53 ms instead of 110 ms).
export const mqttJsEngine: MqttEngine = createMqttJsEngine(
  async () => ({ MqttClient: load("mqtt").MqttClient, Duplex: load("node:stream").Duplex }) as MqttJsModules,
);
