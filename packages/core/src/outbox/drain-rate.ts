import { never } from "../util/clock.ts";

/** The number of milliseconds whose messages may be sent at once: timers aren't exact, and each of them costs time. */
const burstMs = 100;

/** Limits messages per second: a bucket of tokens, which a pause fills. */
export class DrainRate {
  readonly #perMs: number;
  readonly #capacity: number;
  #tokens: number;
  #at = 0;

  constructor(perSecond: number) {
    this.#perMs = perSecond / 1000;
    this.#capacity = Math.max(1, this.#perMs * burstMs);
    this.#tokens = 1;
  }

  /** Takes a token. @returns the time until there is one, in milliseconds; 0 if one was taken */
  take(now: number): number {
    if (this.#perMs === never) return 0;
    // A clock that was set back must not stop the outbox.
    const passed = Math.max(0, now - this.#at);
    this.#at = now;
    this.#tokens = Math.min(this.#capacity, this.#tokens + passed * this.#perMs);
    // Sums of fractions miss integers by little.
    if (this.#tokens < 0.999) return Math.max(1, Math.ceil((1 - this.#tokens) / this.#perMs));
    this.#tokens--;
    return 0;
  }
}
