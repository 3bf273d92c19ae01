import { ArgumentError } from "../../errors.ts";
import { utf8 } from "../../util/text.ts";
import type { MqttConnectOptions, TopicFilter } from "../engine.ts";

/** The bytes of a CONNECT for MQTT 3.1.1, without a will. @source MQTT 3.1.1, 3.1 */
export function encodeConnect(options: MqttConnectOptions): Uint8Array {
  const { clientId, username, password, cleanSession, keepAliveSeconds } = options;
  const flags = 0x80 | (password === undefined ? 0 : 0x40) | (cleanSession ? 2 : 0);
  return packet(0x10, [
    text("The protocol name", "MQTT"),
    Uint8Array.of(4, flags),
    uint16(keepAliveSeconds),
    text("The client id", clientId),
    text("The user name", username),
    ...(password === undefined ? [] : [text("The password", password)]),
  ]);
}

/** The bytes of a SUBSCRIBE. @source MQTT 3.1.1, 3.8 */
export function encodeSubscribe(packetId: number, filters: readonly TopicFilter[]): Uint8Array {
  return packet(0x82, [
    uint16(packetId),
    ...filters.flatMap(({ filter, qos }) => [text("A topic filter", filter), Uint8Array.of(qos)]),
  ]);
}

/** The bytes of an UNSUBSCRIBE. @source MQTT 3.1.1, 3.10 */
export function encodeUnsubscribe(packetId: number, filters: readonly string[]): Uint8Array {
  return packet(0xa2, [uint16(packetId), ...filters.map((filter) => text("A topic filter", filter))]);
}

function uint16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 0xff);
}

/** A text with its length before it. The text itself is not shown when it is too long: it may be a password. */
function text(what: string, value: string): Uint8Array {
  const bytes = utf8(value);
  if (bytes.length > 0xffff) {
    throw new ArgumentError(
      "invalid_argument",
      `${what} has ${bytes.length} bytes, MQTT takes at most ${0xffff}`,
    );
  }
  const field = new Uint8Array(2 + bytes.length);
  field.set(uint16(bytes.length));
  field.set(bytes, 2);
  return field;
}

function packet(head: number, fields: readonly Uint8Array[]): Uint8Array {
  const length = fields.reduce((sum, field) => sum + field.length, 0);
  const start = [head];
  for (let rest = length; ; rest >>= 7) {
    start.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    if (rest <= 0x7f) break;
  }
  const bytes = new Uint8Array(start.length + length);
  bytes.set(start);
  let at = start.length;
  for (const field of fields) {
    bytes.set(field, at);
    at += field.length;
  }
  return bytes;
}
