/** The MQTT.js engine, which each runtime loads differently. */
export { mqttJsEngine } from "@isohub/node/mqttjs";
