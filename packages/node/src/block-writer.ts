// Not the global one, which tests of applications replace.
import { setImmediate as atEndOfTurn } from "node:timers";

/**
 * The number of packets that leave before a turn of the event loop is over, and the factor for each further write of this turn. The hub
 * works on the first packets while the client still writes the others: with 16 messages in flight, twice as many are sent in the
 * same time, for three quarters of the CPU time, because neither side has to be woken up. With hundreds in flight, it makes no difference.
 */
const firstWrite = 8;
const writeGrowth = 4;

/** Blocks that are smaller on average are joined: a write costs as much as copying this many bytes. */
const smallestBlock = 16_384;

/** Bytes that lie one behind the other in one buffer: where the first ones are, and where the last ones end. */
interface Run {
  readonly first: Uint8Array;
  /** The buffer of all, because reading it from an array takes as long as everything else here. */
  readonly buffer: ArrayBufferLike;
  end: number;
}

/**
 * Collects what is sent within one turn of the event loop into few writes of few blocks. Packets of one turn mostly lie one behind the
 * other in the same buffer; such a run is one block, without copying it.
 */
export class BlockWriter {
  readonly #write: (blocks: Uint8Array[]) => boolean;
  #runs: Run[] = [];
  /** The size of the next write before the turn is over, in packets; 0 before the first packet of a turn. */
  #due = 0;
  /** The number of packets missing until then. */
  #missing = 0;
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
    if (this.#due === 0) {
      this.#due = this.#missing = firstWrite;
      atEndOfTurn(endTurn, this);
    }
    // Reading `buffer` of an array that V8 keeps on its heap moves it to a separate buffer, which is slow.
    if (last?.end === byteOffset && last.buffer === bytes.buffer) last.end += length;
    else runs.push({ first: bytes, buffer: bytes.buffer, end: byteOffset + length });
    if (--this.#missing === 0) {
      this.#due *= writeGrowth;
      this.#missing = this.#due;
      this.flush();
    }
    return !this.#full;
  }

  /** Writes what the turn of the event loop that is over has left. */
  endTurn(): void {
    this.#due = 0;
    this.flush();
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

// One function for all, because an idle connection should not keep a closure.
const endTurn = (writer: BlockWriter): void => writer.endTurn();

function blockOf({ first, buffer, end }: Run): Uint8Array {
  const { byteOffset, length } = first;
  return end === byteOffset + length ? first : new Uint8Array(buffer, byteOffset, end - byteOffset);
}
