// An ArrayBuffer of its own costs three times as much as copying a small message, and the collector counts each.
const slabBytes = 131_072;
const largestPooled = 16_384;

let slab = new Uint8Array(0);
let used = 0;

/**
 * Memory for up to so many bytes, to be written to at once and handed back with {@link take}, before anything else is
 * reserved. Small pieces share a buffer: their `buffer` is not theirs alone.
 */
export function reserve(most: number): Uint8Array {
  if (most > largestPooled) return new Uint8Array(most);
  if (used + most > slab.length) {
    slab = new Uint8Array(slabBytes);
    used = 0;
  }
  return slab.subarray(used, used + most);
}

/** The part of a reserved piece that was written to. */
export function take(piece: Uint8Array, start: number, end: number): Uint8Array {
  if (piece.buffer === slab.buffer) used += end;
  return piece.subarray(start, end);
}

/** A copy of bytes, from the pool when they are few. */
export function copyBytes(bytes: Uint8Array): Uint8Array {
  if (bytes.length > largestPooled) return new Uint8Array(bytes);
  const piece = reserve(bytes.length);
  piece.set(bytes);
  used += bytes.length;
  return piece;
}
