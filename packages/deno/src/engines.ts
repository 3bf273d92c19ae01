import type { MqttEngine } from "@isohub/core";
import { createMqttJsEngine } from "@isohub/core/mqttjs";

export { leanEngine } from "@isohub/core/lean";

/**
 * The MQTT.js engine, for the option `engine`. It is the default on Deno. It is bundled for the web, because the npm package
 * reads the environment, which needs more than `--allow-net`. The bundle is loaded with the first connection.
 */
export const mqttJsEngine: MqttEngine = createMqttJsEngine(async () =>
  (await import("@isohub/core/mqttjs-web")).loadMqttJs(),
);
