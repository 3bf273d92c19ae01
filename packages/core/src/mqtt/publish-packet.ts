import type { OutboundPublish } from "./engine.ts";
import { beginPacket, bodyAt, endPacket, putBytes, putString } from "./packet-block.ts";

/** The bytes of a PUBLISH. @source MQTT 3.1.1, 3.3 */
export function encodePublish({ topic, payload, qos, dup, packetId }: OutboundPublish): Uint8Array {
  const payloadSize = typeof payload === "string" ? payload.length * 3 : payload.length;
  const block = beginPacket(2 + topic.length * 3 + 2 + payloadSize);
  let end = putString(block, bodyAt, "topic", topic);
  if (qos === 1) {
    block[end++] = packetId >> 8;
    block[end++] = packetId & 0xff;
  }
  end = putBytes(block, end, payload);
  return endPacket(block, 0x30 | (dup ? 8 : 0) | (qos << 1), end);
}
