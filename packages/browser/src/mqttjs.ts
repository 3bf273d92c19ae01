/** MQTT.js for a page that wants it in place of the lean engine: apart, so that no other page carries it. */
import type { MqttEngine } from "@isohub/core";
import { createMqttJsEngine } from "@isohub/core/mqttjs";
import { loadMqttJs } from "@isohub/core/mqttjs-web";

/** MQTT.js as the MQTT implementation of a client, for the option `engine`. */
export const mqttJsEngine: MqttEngine = createMqttJsEngine(async () => loadMqttJs());
