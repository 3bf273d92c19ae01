/** The MQTT.js engine, apart from the rest so that a bundle without it does not carry it. */
export { createMqttJsEngine } from "./mqtt/mqttjs-engine.ts";
export type { MqttJsModules } from "./mqtt/mqttjs-types.ts";
