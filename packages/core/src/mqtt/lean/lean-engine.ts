import type { MqttEngine } from "../engine.ts";
import { LeanSession } from "./lean-session.ts";

/**
 * An {@link MqttEngine} that is MQTT 3.1.1 as IoT Hub speaks it and nothing else: QoS 0 and 1, no retained messages, no
 * will. It has no dependency and nothing to load.
 *
 * It is strict: whatever the hub sends that MQTT 3.1.1 does not allow is a `ProtocolError`, after which the connection is
 * closed, and a packet of more than 1 MiB is refused before it is kept.
 */
export const leanEngine: MqttEngine = {
  name: "lean",
  async prepare() {},
  start: (connection, options, events) => new LeanSession(connection, options, events),
};
