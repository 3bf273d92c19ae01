import { ArgumentError } from "../errors.ts";
import { reserve, take } from "../util/byte-pool.ts";

const encoder = new TextEncoder();

/** Where the body of a packet begins: behind its type and the remaining length at its longest. */
export const bodyAt = 5;

/** Room for a packet with a body of up to so many bytes, to be written from {@link bodyAt} on. */
export function beginPacket(most: number): Uint8Array {
  return reserve(bodyAt + most);
}

/** Writes bytes, or those of a text. @returns where they end */
export function putBytes(block: Uint8Array, at: number, data: Uint8Array | string): number {
  if (typeof data === "string") return at + encoder.encodeInto(data, block.subarray(at)).written;
  block.set(data, at);
  return at + data.length;
}

/**
 * Writes a text with its length before it. @returns where it ends
 *
 * @throws {ArgumentError} The text itself is not shown when it is too long: it may be a password.
 */
export function putText(block: Uint8Array, at: number, what: string, text: string): number {
  const bytes = putBytes(block, at + 2, text) - at - 2;
  if (bytes > 0xffff) {
    throw new ArgumentError("invalid_argument", `The ${what} has ${bytes} bytes, MQTT takes at most 65535`);
  }
  block[at] = bytes >> 8;
  block[at + 1] = bytes & 0xff;
  return at + 2 + bytes;
}

/** Puts the head right before a body that ends at `end`. @returns the packet */
export function endPacket(block: Uint8Array, head: number, end: number): Uint8Array {
  let rest = end - bodyAt;
  const start = rest < 0x80 ? 3 : rest < 0x4000 ? 2 : rest < 0x200000 ? 1 : 0;
  block[start] = head;
  for (let at = start + 1; at < bodyAt; at++) {
    block[at] = (rest & 0x7f) | (at < bodyAt - 1 ? 0x80 : 0);
    rest >>= 7;
  }
  return take(block, start, end);
}
