/** The MQTT.js engine for pages; a separate entry, so that pages without it don't download it. */
import type { MqttEngine } from "@isohub/core";
import { createMqttJsEngine } from "@isohub/core/mqttjs";
import { loadMqttJs } from "@isohub/core/mqttjs-web";

/** The MQTT.js engine, for the option `engine`. The default in pages is the lean engine. */
export const mqttJsEngine: MqttEngine = createMqttJsEngine(async () => loadMqttJs());
