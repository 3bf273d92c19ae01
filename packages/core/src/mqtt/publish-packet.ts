import { fromUtf8 } from "../util/text.ts";
import type { OutboundPublish } from "./engine.ts";
import {
  beginPacket,
  beginString,
  endPacket,
  endString,
  putBytes,
  putUint16,
  uint16,
} from "./packet-block.ts";

const dupFlag = 8;
const qos1 = 0x32;

/** The bytes of a PUBLISH. @source MQTT 3.1.1, 3.3 */
export function encodePublish({ topic, payload, qos, dup, packetId }: OutboundPublish): Uint8Array {
  beginPacket();
  beginString();
  putBytes(topic);
  return endPublish(payload, qos, dup, packetId);
}

/** Ends a PUBLISH whose topic has been written since `beginString`. Its packet id can be set later, as `stampPublish` does. */
export function endPublish(payload: Uint8Array | string, qos = 1, dup = false, packetId = 0): Uint8Array {
  endString("topic");
  if (qos === 1) putUint16(packetId);
  putBytes(payload);
  return endPacket(0x30 | (dup ? dupFlag : 0) | (qos << 1));
}

/** Writes the packet id into a PUBLISH at QoS 1, and DUP if it is sent again. */
export function stampPublish(packet: Uint8Array, packetId: number, dup: boolean): void {
  packet[0] = dup ? qos1 | dupFlag : qos1;
  const at = topicEnd(packet);
  packet[at] = packetId >> 8;
  packet[at + 1] = packetId & 0xff;
}

/** Replaces the start of the topic of a PUBLISH at QoS 1. @param length - of the start to replace */
export function withTopicStart(packet: Uint8Array, length: number, topicStart: Uint8Array): Uint8Array {
  const topic = fromUtf8(topicStart) + fromUtf8(topicOf(packet).subarray(length));
  return encodePublish({ topic, payload: payloadOf(packet), qos: 1 });
}

/** The topic of a PUBLISH at QoS 1. */
export function topicOf(packet: Uint8Array): Uint8Array {
  return packet.subarray(topicAt(packet), topicEnd(packet));
}

/** The payload of a PUBLISH at QoS 1. */
export function payloadOf(packet: Uint8Array): Uint8Array {
  return packet.subarray(topicEnd(packet) + 2);
}

function topicAt(packet: Uint8Array): number {
  let at = 1;
  while ((packet[at] ?? 0) > 0x7f) at++;
  return at + 3;
}

function topicEnd(packet: Uint8Array): number {
  const at = topicAt(packet);
  return at + uint16(packet, at - 2);
}
