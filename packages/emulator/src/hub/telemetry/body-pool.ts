const firstSlabBytes = 512;
const largestSlabBytes = 16_384;
const largestPooled = 4_096;

/**
 * Memory for the bodies of one sender. Small bodies share a block, because a separate one costs more than the copy; the
 * blocks grow with the number of messages. As the messages of a sender are deleted in order, none keeps the block of
 * another sender in memory.
 */
export class BodyPool {
  #slab = new Uint8Array();
  #used = 0;

  /** Copies bytes, which may be a view of a buffer that is used again. */
  copy(bytes: Uint8Array): Uint8Array {
    if (bytes.length > largestPooled) return new Uint8Array(bytes);
    if (this.#used + bytes.length > this.#slab.length) {
      const grown = Math.min(largestSlabBytes, Math.max(firstSlabBytes, this.#slab.length * 2));
      this.#slab = new Uint8Array(Math.max(grown, bytes.length));
      this.#used = 0;
    }
    const piece = this.#slab.subarray(this.#used, this.#used + bytes.length);
    piece.set(bytes);
    this.#used += bytes.length;
    return piece;
  }
}
