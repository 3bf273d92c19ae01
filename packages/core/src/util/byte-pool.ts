// A separate ArrayBuffer costs three times as much as copying a small message, and the collector tracks each one.
const slabBytes = 131_072;
const largestPooled = 16_384;

let slab = new Uint8Array(0);
let used = 0;

/**
 * Reserves memory for up to the given number of bytes. Write to it at once and pass it to {@link take} before reserving
 * anything else. Small pieces share one `buffer`.
 */
export function reserve(size: number): Uint8Array {
  if (size > largestPooled) return new Uint8Array(size);
  if (used + size > slab.length) {
    slab = new Uint8Array(slabBytes);
    used = 0;
  }
  return slab.subarray(used, used + size);
}

/** Returns the part of a reserved piece that was written to. */
export function take(piece: Uint8Array, start: number, end: number): Uint8Array {
  if (piece.buffer === slab.buffer) used += end;
  return piece.subarray(start, end);
}

/** Copies bytes; small copies come from the pool. */
export function copyBytes(bytes: Uint8Array): Uint8Array {
  if (bytes.length > largestPooled) return new Uint8Array(bytes);
  const piece = reserve(bytes.length);
  piece.set(bytes);
  used += bytes.length;
  return piece;
}
