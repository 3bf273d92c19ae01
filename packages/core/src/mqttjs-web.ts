import { loadMqttJs as load } from "../vendor/mqttjs.cjs";
import type { MqttJsModules } from "./mqtt/mqttjs-types.ts";

/**
 * MQTT.js with all that it needs of Node bundled in, for `createMqttJsEngine` in browsers, Deno and whatever else has no Node.
 * Nothing of it is evaluated before this is called.
 */
export const loadMqttJs: () => MqttJsModules = load;
