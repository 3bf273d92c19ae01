import { type Clock, type CryptoProvider, type Timer, webCrypto } from "@isohub/core/runtime";
import { type TimedEntry, TimedHeap } from "./timed-heap.ts";

interface VirtualTimer extends TimedEntry {
  isCanceled: boolean;
}

/** As every runtime has it; its types differ. */
interface Channel {
  readonly port1: { onmessage: (() => void) | null; close(): void };
  readonly port2: { postMessage(message: unknown): void };
}

// Loading a module takes a moment that no timer waits for.
const idleTurns = 1000;

/**
 * A clock that runs as fast as the program: when nothing is left to do, it jumps to the next timer. Signatures are computed by WebCrypto,
 * but their results arrive in the order of the requests, so that every run is the same.
 */
export class VirtualTime implements Clock {
  readonly #timers = new TimedHeap<VirtualTimer>();
  readonly #channel = new MessageChannel() as unknown as Channel;
  #now: number;
  #order = 0;
  #signing = 0;
  #lastSignature: Promise<unknown> = Promise.resolve();

  /** @param now - in milliseconds since 1970 */
  constructor(now: number) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  setTimer(run: () => void, ms: number): Timer {
    // Whole milliseconds, as timers have them: fractions get lost in numbers as large as the time.
    const timer = {
      ms: this.#now + Math.max(0, Math.ceil(ms)),
      order: this.#order++,
      run,
      isCanceled: false,
    };
    this.#timers.push(timer);
    return {
      cancel: () => {
        timer.isCanceled = true;
      },
    };
  }

  /** Computes signatures in order. */
  readonly crypto: CryptoProvider = {
    hmacSha256: async (key, data) => {
      this.#signing++;
      const before = this.#lastSignature;
      const signature = webCrypto.hmacSha256(key, data);
      this.#lastSignature = signature;
      try {
        await before;
        return await signature;
      } finally {
        this.#signing--;
      }
    },
  };

  /** Lets time pass until a promise settles. @throws {Error} if nothing is left that could settle it */
  async run<Value>(work: Promise<Value>): Promise<Value> {
    let isSettled = false;
    const settle = (): void => {
      isSettled = true;
    };
    work.then(settle, settle);
    for (let idle = 0; idle < idleTurns; ) {
      await this.#rest();
      if (isSettled) {
        this.#channel.port1.close();
        return work;
      }
      const next = this.#timers.first;
      this.#timers.pop();
      idle = next === undefined ? idle + 1 : 0;
      if (next === undefined || next.isCanceled) continue;
      this.#now = Math.max(this.#now, next.ms);
      next.run();
    }
    throw new Error("nothing is left that the run could wait for");
  }

  /** Waits until everything has settled that needs no time to pass. */
  async #rest(): Promise<void> {
    do await this.#turn();
    while (this.#signing > 0);
  }

  /** A turn of the event loop, after all promises that are settled. */
  #turn(): Promise<void> {
    return new Promise((resolve) => {
      this.#channel.port1.onmessage = () => resolve();
      this.#channel.port2.postMessage(undefined);
    });
  }
}
