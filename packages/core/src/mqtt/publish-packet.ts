import { reserve, take } from "../util/byte-pool.ts";
import type { OutboundPublish } from "./engine.ts";

const encoder = new TextEncoder();

/** Type, remaining length at its longest, and the length of the topic. */
const longestHead = 1 + 4 + 2;

/** The bytes of a PUBLISH. @source MQTT 3.1.1, 3.3 */
export function encodePublish({ topic, payload, qos, dup, packetId }: OutboundPublish): Uint8Array {
  // The topic comes first, at the place it has behind the longest head; then its length is known, and the head goes
  // right before it.
  const block = reserve(longestHead + topic.length * 3 + 2 + payload.length);
  const topicBytes = encoder.encodeInto(topic, block.subarray(longestHead)).written;
  let end = longestHead + topicBytes;
  if (qos === 1) {
    block[end++] = packetId >> 8;
    block[end++] = packetId & 0xff;
  }
  block.set(payload, end);
  end += payload.length;

  let start = longestHead - 2;
  block[start] = topicBytes >> 8;
  block[start + 1] = topicBytes & 0xff;
  let remaining = end - start;
  start -= remaining < 0x80 ? 2 : remaining < 0x4000 ? 3 : remaining < 0x200000 ? 4 : 5;
  block[start] = 0x30 | (dup ? 8 : 0) | (qos << 1);
  for (let at = start + 1; ; at++) {
    block[at] = (remaining & 0x7f) | (remaining > 0x7f ? 0x80 : 0);
    remaining >>= 7;
    if (remaining === 0) break;
  }
  return take(block, start, end);
}
