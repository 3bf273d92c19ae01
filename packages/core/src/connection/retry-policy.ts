import { ServiceError } from "../errors.ts";

/**
 * How long to wait before the next try to connect.
 *
 * @param attempt - 1 for the first try after a connection was lost, counting on until one has been stable
 * @param error - why the last one failed
 * @returns milliseconds
 */
export type RetryPolicy = (attempt: number, error: Error) => number;

/** First and longest wait of {@link exponentialBackoff}, in milliseconds. */
export interface BackoffOptions {
  firstMs?: number;
  longestMs?: number;
}

/**
 * By a fifth at a time, the longest wait stays near a third of the time that the hub has been away so far: a short outage is
 * not made a long one by those who wait it out. Doubling makes the last of 500 devices come back 54 s after an outage of
 * 12 s; this makes it 4 to 5 s, for four tries more.
 */
const growth = 1.2;

/**
 * Exponential back-off with jitter: a random time up to 1 s, and then a random time from the upper half of one that is a fifth
 * longer with each further try, up to 60 s from the 24th on, which is about four minutes later. The jitter of the first wait
 * spreads a fleet that lost its hub at the same moment, and that of the others adds to it, so that it does not come back in
 * lock-step; that no later wait is very short saves a fifth of the tries.
 */
export function exponentialBackoff(
  options: BackoffOptions = {},
  random: () => number = Math.random,
): RetryPolicy {
  const { firstMs = 1000, longestMs = 60_000 } = options;
  return (attempt, error) => {
    const longest = Math.min(longestMs, firstMs * growth ** Math.min(attempt - 1, 1000));
    const backoff = longest * (attempt === 1 ? random() : 0.5 + random() / 2);
    // Whoever says when to come back, as with status 429, is not asked before.
    return error instanceof ServiceError ? Math.max(backoff, error.retryAfterMs ?? 0) : backoff;
  };
}

/** The same wait each time. @param ms - milliseconds */
export function fixedInterval(ms: number): RetryPolicy {
  return () => ms;
}
