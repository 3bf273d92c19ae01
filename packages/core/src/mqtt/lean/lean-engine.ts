import type { MqttEngine } from "../engine.ts";
import { LeanSession } from "./lean-session.ts";

/**
 * An {@link MqttEngine} with the part of MQTT 3.1.1 that IoT Hub supports: QoS 0 and 1, no retained messages, no will. It has
 * no dependencies and loads nothing.
 *
 * It is strict: anything that MQTT 3.1.1 doesn't allow is a `ProtocolError` and closes the connection. A packet of more than
 * 1 MiB is rejected as soon as its length is known.
 */
export const leanEngine: MqttEngine = {
  name: "lean",
  async prepare() {},
  start: (connection, options, events) => new LeanSession(connection, options, events),
};
