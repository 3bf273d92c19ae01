import type { OwnedBytes } from "../util/owned-bytes.ts";

/**
 * Appends bytes to an incomplete packet, of which the first `have` bytes have arrived. The memory for it grows with the bytes
 * that arrive, to at most twice their number, whatever its length field contains.
 *
 * @param size - the known size of the packet, in bytes
 * @returns the same array, or a larger copy
 */
export function appendToPacket(packet: OwnedBytes, have: number, part: Uint8Array, size: number): OwnedBytes {
  const needed = have + part.length;
  let target = packet;
  if (needed > packet.length) {
    target = new Uint8Array(Math.max(needed, Math.min(size, packet.length * 2)));
    target.set(packet.subarray(0, have));
  }
  target.set(part, have);
  return target;
}
