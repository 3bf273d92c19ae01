import { atEndOfTick } from "./end-of-tick.ts";

/**
 * Collects everything sent within one tick into few blocks. Packets of one tick mostly lie one behind the other in the same buffer;
 * such a run is one block, without copying it.
 */
export class BlockWriter {
  readonly #write: (blocks: Uint8Array<ArrayBuffer>[]) => boolean;
  #runs: { readonly buffer: ArrayBufferLike; readonly start: number; end: number }[] = [];
  #full = false;
  #closed = false;

  /** @param write - writes blocks to the connection, one behind the other; returns false if its buffer is full */
  constructor(write: (blocks: Uint8Array<ArrayBuffer>[]) => boolean) {
    this.#write = write;
  }

  /** @returns false if the connection was full at the last write */
  send({ buffer, byteOffset, length }: Uint8Array): boolean {
    const runs = this.#runs;
    const last = runs[runs.length - 1];
    if (this.#closed) return true;
    if (last === undefined) atEndOfTick(() => this.flush());
    if (last?.end === byteOffset && last.buffer === buffer) last.end += length;
    else runs.push({ buffer, start: byteOffset, end: byteOffset + length });
    return !this.#full;
  }

  /** Writes the collected bytes at once. */
  flush(): void {
    const runs = this.#runs;
    if (runs.length === 0 || this.#closed) return;
    this.#runs = [];
    const blocks = runs.map(
      ({ buffer, start, end }) => new Uint8Array(buffer as ArrayBuffer, start, end - start),
    );
    if (!this.#write(blocks)) this.#full = true;
  }

  /** Notes that the connection's buffer has room again. */
  drained(): void {
    this.#full = false;
  }

  /** Discards the collected bytes. */
  close(): void {
    this.#closed = true;
    this.#runs = [];
  }
}
