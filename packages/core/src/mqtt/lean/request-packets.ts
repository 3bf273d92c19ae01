import type { MqttConnectOptions, TopicFilter } from "../engine.ts";
import { beginPacket, endPacket, putByte, putString } from "../packet-block.ts";

/** A byte, or a string with its name. */
type Field = number | readonly [name: string, value: string];

/** The bytes of a CONNECT for MQTT 3.1.1, without a will. @source MQTT 3.1.1, 3.1 */
export function encodeConnect(options: MqttConnectOptions): Uint8Array {
  const { clientId, username, password, cleanSession, keepAliveSeconds } = options;
  const flags = 0x80 | (password === undefined ? 0 : 0x40) | (cleanSession ? 2 : 0);
  const fields: Field[] = [["protocol name", "MQTT"], 4, flags, ...uint16(keepAliveSeconds)];
  fields.push(["client id", clientId], ["user name", username]);
  if (password !== undefined) fields.push(["password", password]);
  return encode(0x10, fields);
}

/** The bytes of a SUBSCRIBE. @source MQTT 3.1.1, 3.8 */
export function encodeSubscribe(packetId: number, filters: readonly TopicFilter[]): Uint8Array {
  return encode(0x82, [...uint16(packetId), ...filters.flatMap(({ filter, qos }) => [topic(filter), qos])]);
}

/** The bytes of an UNSUBSCRIBE. @source MQTT 3.1.1, 3.10 */
export function encodeUnsubscribe(packetId: number, filters: readonly string[]): Uint8Array {
  return encode(0xa2, [...uint16(packetId), ...filters.map(topic)]);
}

const topic = (filter: string): Field => ["topic filter", filter];
const uint16 = (value: number): Field[] => [value >> 8, value & 0xff];

function encode(head: number, fields: readonly Field[]): Uint8Array {
  beginPacket();
  for (const field of fields) {
    if (typeof field === "number") putByte(field);
    else putString(...field);
  }
  return endPacket(head);
}
