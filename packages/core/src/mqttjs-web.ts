import { loadMqttJs as load } from "../vendor/mqttjs.cjs";
import type { MqttJsModules } from "./mqtt/mqttjs-types.ts";

/**
 * MQTT.js bundled with the Node APIs that it needs, for `createMqttJsEngine` in browsers, Deno and other runtimes without
 * Node's modules. Evaluated only when called.
 */
export const loadMqttJs: () => MqttJsModules = load;
