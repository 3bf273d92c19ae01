import { isohubWith } from "./ours.mjs";

/** With MQTT.js. */
export const peer = isohubWith("isohub", "with MQTT.js", ["@isohub/node", "mqtt"], async () => {
  const { mqttJsEngine } = await import("@isohub/node/mqttjs");
  return { engine: mqttJsEngine };
});
