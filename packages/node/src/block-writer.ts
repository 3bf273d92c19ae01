import { atEndOfTick } from "./end-of-tick.ts";

/** Blocks that are smaller on average are joined: a write costs as much as copying this many bytes. */
const smallestBlock = 16_384;

/** Bytes that lie one behind the other in one buffer: where the first ones are, and where the last ones end. */
interface Run {
  readonly first: Uint8Array;
  end: number;
}

/**
 * Collects everything sent within one tick into few blocks. Packets of one tick mostly lie one behind the other in the same buffer;
 * such a run is one block, without copying it.
 */
export class BlockWriter {
  readonly #write: (blocks: Uint8Array[]) => boolean;
  #runs: Run[] = [];
  #full = false;
  #closed = false;

  /** @param write - writes blocks to the connection, one behind the other; returns false if its buffer is full */
  constructor(write: (blocks: Uint8Array[]) => boolean) {
    this.#write = write;
  }

  /** @returns false if the connection was full at the last write */
  send(bytes: Uint8Array): boolean {
    if (this.#closed) return true;
    const { byteOffset, length } = bytes;
    const runs = this.#runs;
    const last = runs[runs.length - 1];
    if (last === undefined) atEndOfTick(() => this.flush());
    // Reading `buffer` of an array that V8 keeps on its heap moves it to a separate buffer, which is slow.
    if (last?.end === byteOffset && last.first.buffer === bytes.buffer) last.end += length;
    else runs.push({ first: bytes, end: byteOffset + length });
    return !this.#full;
  }

  /** Writes the collected bytes at once. */
  flush(): void {
    const runs = this.#runs;
    if (runs.length === 0 || this.#closed) return;
    this.#runs = [];
    const blocks = runs.map(blockOf);
    const bytes = blocks.reduce((sum, { length }) => sum + length, 0);
    const isScattered = blocks.length > 1 && bytes < blocks.length * smallestBlock;
    if (!this.#write(isScattered ? [Buffer.concat(blocks)] : blocks)) this.#full = true;
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

function blockOf({ first, end }: Run): Uint8Array {
  const { byteOffset, length } = first;
  return end === byteOffset + length ? first : new Uint8Array(first.buffer, byteOffset, end - byteOffset);
}
