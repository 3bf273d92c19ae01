/** The condition of a line in one direction. */
export interface Condition {
  /** Bytes wait as long as it is held. */
  readonly held?: boolean;
  /** The delay of everything, in milliseconds. */
  readonly delayMs?: number;
  /** The size of the pieces that pass, and the pause after each, in milliseconds. */
  readonly pieces?: { readonly bytes: number; readonly everyMs: number };
}

/** The interval at which a held line checks whether it is released, in milliseconds. */
const pollMs = 20;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** One direction of a connection: passes bytes, and their end, on in order and as the condition of the line allows. */
export class Flow {
  readonly #condition: () => Condition;
  readonly #deliver: (bytes: Uint8Array | undefined) => void;
  readonly #queue: (Uint8Array | undefined)[] = [];
  #isPumping = false;
  #isStopped = false;

  /** @param deliver - receives the bytes, and `undefined` at their end */
  constructor(condition: () => Condition, deliver: (bytes: Uint8Array | undefined) => void) {
    this.#condition = condition;
    this.#deliver = deliver;
  }

  /** Accepts bytes, or with `undefined` their end. */
  push(bytes: Uint8Array | undefined): void {
    if (this.#isStopped) return;
    this.#queue.push(bytes);
    if (!this.#isPumping) void this.#pump();
  }

  /** Discards everything from now on. */
  stop(): void {
    this.#isStopped = true;
    this.#queue.length = 0;
  }

  async #pump(): Promise<void> {
    this.#isPumping = true;
    while (this.#queue.length > 0) {
      const { held, delayMs, pieces } = this.#condition();
      if (held) {
        await sleep(pollMs);
        continue;
      }
      if (delayMs !== undefined) await sleep(delayMs);
      const bytes = this.#queue.shift();
      if (this.#isStopped) break;
      if (bytes !== undefined && pieces !== undefined && bytes.length > pieces.bytes) {
        this.#queue.unshift(bytes.subarray(pieces.bytes));
        this.#deliver(bytes.subarray(0, pieces.bytes));
        await sleep(pieces.everyMs);
      } else this.#deliver(bytes);
    }
    this.#isPumping = false;
  }
}
