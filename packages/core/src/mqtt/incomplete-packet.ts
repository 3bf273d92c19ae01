/**
 * Appends bytes to an incomplete packet, of which the first `have` bytes have arrived. It takes at most twice the bytes received of
 * it, whatever its length field contains.
 *
 * @param size - the known size of the packet
 * @returns the packet: the same bytes, or a larger copy
 */
export function appendToPacket(
  packet: Uint8Array<ArrayBuffer>,
  have: number,
  part: Uint8Array,
  size: number,
): Uint8Array<ArrayBuffer> {
  const needed = have + part.length;
  let target = packet;
  if (needed > packet.length) {
    target = new Uint8Array(Math.max(needed, Math.min(size, packet.length * 2)));
    target.set(packet.subarray(0, have));
  }
  target.set(part, have);
  return target;
}
