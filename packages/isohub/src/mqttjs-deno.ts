// The MQTT.js engine on Deno.
export { mqttJsEngine } from "@isohub/deno/mqttjs";
