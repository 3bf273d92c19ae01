/** A number of requests per subject within a time window. */
export interface RateLimit {
  readonly requests: number;
  /** The window, in milliseconds. */
  readonly windowMs: number;
}

/** The number of subjects above which idle ones are removed. */
const sweepAbove = 1000;

/**
 * A token bucket per subject. It holds as many requests as the limit and refills evenly within the window. Subjects with
 * a full bucket are removed, so only those active in the last window take memory.
 */
export class RateLimiter {
  readonly #limit: RateLimit;
  readonly #buckets = new Map<string, { left: number; at: number }>();
  #sweptAt = 0;

  constructor(limit: RateLimit) {
    this.#limit = limit;
  }

  /** Counts a request. @returns 0 if it is allowed, otherwise the time to wait in milliseconds */
  take(subject: string, now: number): number {
    const { requests, windowMs } = this.#limit;
    this.#sweep(now);
    const before = this.#buckets.get(subject) ?? { left: requests, at: now };
    // A clock that was set back refills nothing.
    const filled = (Math.max(0, now - before.at) * requests) / windowMs;
    const left = Math.min(requests, before.left + filled);
    if (left < 1) {
      this.#buckets.set(subject, { left, at: now });
      return ((1 - left) * windowMs) / requests;
    }
    this.#buckets.set(subject, { left: left - 1, at: now });
    return 0;
  }

  /** The number of tracked subjects. */
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
