/** The MQTT.js engine, in a separate entry so that other bundles don't contain it. */
export { createMqttJsEngine } from "./mqtt/mqttjs-engine.ts";
export type { MqttJsModules } from "./mqtt/mqttjs-types.ts";
