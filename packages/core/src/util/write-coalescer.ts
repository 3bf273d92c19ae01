/**
 * Joins everything sent within one tick into one write, for connections where each write is a system call or a frame.
 */
export class WriteCoalescer {
  readonly #write: (block: Uint8Array) => boolean;
  readonly #schedule: (run: () => void) => void;
  #blocks: Uint8Array[] = [];
  #bytes = 0;
  #full = false;
  #closed = false;

  /**
   * @param write - writes to the connection; returns false if its buffer is full
   * @param schedule - calls back at the end of the tick
   */
  constructor(write: (block: Uint8Array) => boolean, schedule: (run: () => void) => void) {
    this.#write = write;
    this.#schedule = schedule;
  }

  /** @returns false if the connection was full at the last write */
  send(bytes: Uint8Array): boolean {
    if (this.#closed) return true;
    if (this.#blocks.length === 0) this.#schedule(() => this.flush());
    this.#blocks.push(bytes);
    this.#bytes += bytes.length;
    return !this.#full;
  }

  /** Writes the collected bytes at once. */
  flush(): void {
    const blocks = this.#blocks;
    let [whole] = blocks;
    if (whole === undefined || this.#closed) return;
    if (blocks.length > 1) {
      whole = new Uint8Array(this.#bytes);
      let at = 0;
      for (const block of blocks) {
        whole.set(block, at);
        at += block.length;
      }
    }
    this.#blocks = [];
    this.#bytes = 0;
    if (!this.#write(whole)) this.#full = true;
  }

  /** Notes that the connection's buffer has room again. */
  drained(): void {
    this.#full = false;
  }

  /** Discards the collected bytes. */
  close(): void {
    this.#closed = true;
    this.#blocks = [];
  }
}
