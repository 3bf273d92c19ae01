// The MQTT.js engine in web pages and workers.
export { mqttJsEngine } from "@isohub/browser/mqttjs";
