import type { MqttEngine } from "@isohub/core";
import { createMqttJsEngine } from "@isohub/core/mqttjs";

export { leanEngine } from "@isohub/core/lean";

/**
 * MQTT.js as the MQTT implementation of a client, for the option `engine`; the default on Deno. It is bundled for the web,
 * because as a package it reads the environment, which a program with `--allow-net` alone may not; the bundle is loaded
 * with the first connection.
 */
export const mqttJsEngine: MqttEngine = createMqttJsEngine(async () =>
  (await import("@isohub/core/mqttjs-web")).loadMqttJs(),
);
