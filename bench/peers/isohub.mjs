import { isohubWith } from "./ours.mjs";

/** With MQTT.js, its default on Node. */
export const peer = isohubWith("isohub", "@isohub/node", "mqttJsEngine");
