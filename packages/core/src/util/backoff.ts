/** A series of delays, each longer than the one before. */
export interface Backoff {
  /** The maximum of the first delay, in milliseconds. */
  readonly firstMs: number;
  /** The maximum of all delays, in milliseconds. */
  readonly longestMs: number;
  /** The factor by which the maximum grows with each attempt. Default: 2. */
  readonly growth?: number;
  /** Whether the first delay ranges from zero to its maximum. Later delays are at least half of their maximum. */
  readonly spreadFirst?: boolean;
}

/**
 * The delay before an attempt, in milliseconds. It is random, so that clients that failed at the same moment don't retry at the
 * same moment.
 *
 * @param attempt - 1 for the first attempt after a success
 * @param retryAfterMs - the minimum that the service asks for
 */
export function backoffMs(
  { firstMs, longestMs, growth = 2, spreadFirst = false }: Backoff,
  attempt: number,
  random: () => number,
  retryAfterMs = 0,
): number {
  const longest = Math.min(longestMs, firstMs * growth ** Math.min(attempt - 1, 1000));
  const spread = spreadFirst && attempt === 1 ? 1 : 0.5;
  return Math.max(longest * (1 - spread + spread * random()), retryAfterMs);
}
