/** So many requests of one subject within so much time. */
export interface RateLimit {
  readonly requests: number;
  /** In milliseconds. */
  readonly windowMs: number;
}

/** Above so many subjects the ones that have been quiet are forgotten. */
const sweepAbove = 1000;

/**
 * A bucket for each subject: it holds as many requests as the limit has, and fills up evenly within its window. A subject
 * with a full bucket is forgotten, so only those of the last window take memory.
 */
export class RateLimiter {
  readonly #limit: RateLimit;
  readonly #buckets = new Map<string, { left: number; at: number }>();
  #sweptAt = 0;

  constructor(limit: RateLimit) {
    this.#limit = limit;
  }

  /** Counts a request. @returns 0 when it may pass, otherwise how long to wait, in milliseconds */
  take(subject: string, now: number): number {
    const { requests, windowMs } = this.#limit;
    this.#sweep(now);
    const before = this.#buckets.get(subject) ?? { left: requests, at: now };
    // A clock that was set back fills nothing.
    const filled = (Math.max(0, now - before.at) * requests) / windowMs;
    const left = Math.min(requests, before.left + filled);
    if (left < 1) {
      this.#buckets.set(subject, { left, at: now });
      return ((1 - left) * windowMs) / requests;
    }
    this.#buckets.set(subject, { left: left - 1, at: now });
    return 0;
  }

  /** How many subjects are kept in mind. */
  get size(): number {
    return this.#buckets.size;
  }

  #sweep(now: number): void {
    const { windowMs } = this.#limit;
    if (this.#buckets.size < sweepAbove || Math.abs(now - this.#sweptAt) < windowMs) return;
    this.#sweptAt = now;
    for (const [subject, { at }] of this.#buckets) {
      if (Math.abs(now - at) >= windowMs) this.#buckets.delete(subject);
    }
  }
}
