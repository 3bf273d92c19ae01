import { ArgumentError } from "../errors.ts";
import { reserve, take } from "../util/byte-pool.ts";
import { encoder } from "../util/text.ts";

/** The position of a packet's body: behind its type and the longest remaining length. */
export const bodyAt = 5;

/** Reserves space for a packet. Its body starts at {@link bodyAt} and has at most `size` bytes. */
export function beginPacket(size: number): Uint8Array {
  return reserve(bodyAt + size);
}

/** Writes bytes, or a string as UTF-8. @returns the position behind them */
export function putBytes(block: Uint8Array, at: number, data: Uint8Array | string): number {
  if (typeof data === "string") return at + encoder.encodeInto(data, block.subarray(at)).written;
  block.set(data, at);
  return at + data.length;
}

/**
 * Writes a string with its length in front. @returns the position behind it
 *
 * @throws {ArgumentError} `invalid_argument` if it is too long; the message doesn't contain it, because it may be a password
 */
export function putString(block: Uint8Array, at: number, what: string, text: string): number {
  const bytes = putBytes(block, at + 2, text) - at - 2;
  if (bytes > 0xffff) {
    throw new ArgumentError("invalid_argument", `The ${what} must have at most 65535 bytes, got ${bytes}`);
  }
  block[at] = bytes >> 8;
  block[at + 1] = bytes & 0xff;
  return at + 2 + bytes;
}

/** Writes the head directly in front of a body that ends at `end`. @returns the packet */
export function endPacket(block: Uint8Array, head: number, end: number): Uint8Array {
  let length = end - bodyAt;
  const start = length < 0x80 ? 3 : length < 0x4000 ? 2 : length < 0x200000 ? 1 : 0;
  block[start] = head;
  for (let at = start + 1; at < bodyAt; at++) {
    block[at] = (length & 0x7f) | (at < bodyAt - 1 ? 0x80 : 0);
    length >>= 7;
  }
  return take(block, start, end);
}
