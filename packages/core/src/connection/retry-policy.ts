import { type IsoHubError, ServiceError } from "../errors.ts";
import { backoffMs } from "../util/backoff.ts";

/**
 * Returns the delay before the next connection attempt, in milliseconds.
 *
 * @param attempt - 1 for the first attempt after a connection was lost; it counts up until a connection has lasted 60 s
 * @param error - the reason why the latest attempt failed, or the connection was lost
 */
export type RetryPolicy = (attempt: number, error: IsoHubError) => number;

/** The first and the longest delay of {@link exponentialBackoff}, in milliseconds. Defaults to 1 s and 60 s. */
export interface BackoffOptions {
  /** The maximum of the first delay. */
  firstMs?: number | undefined;
  /** The maximum of all delays. */
  longestMs?: number | undefined;
}

/**
 * With growth by a fifth, the longest delay stays near a third of the time that the hub has been unavailable, so waiting doesn't
 * prolong a short outage. With doubling, the last of 500 devices reconnects 54 s after an outage of 12 s; with this, 4 to 5 s
 * after it, for four attempts more.
 */
export const growth = 1.2;

/**
 * Exponential backoff with jitter. The first delay is random between zero and 1 s. Each further maximum is a fifth longer, up to
 * 60 s from the 24th attempt on, about four minutes later; these delays are random in the upper half. The jitter of the first
 * delay spreads a fleet that lost its hub at the same moment, and each later one adds to it. Avoiding very short delays later
 * saves a fifth of the attempts. A delay that the service asks for, as with status 429, is the minimum.
 */
export function exponentialBackoff(
  options: BackoffOptions = {},
  random: () => number = Math.random,
): RetryPolicy {
  const { firstMs = 1000, longestMs = 60_000 } = options;
  const series = { firstMs, longestMs, growth, spreadFirst: true };
  return (attempt, error) => backoffMs(series, attempt, random, retryAfterOf(error));
}

/** The delay that a service asks for, which may be the cause of a failed connection. */
function retryAfterOf(error: IsoHubError): number | undefined {
  for (const one of [error, error.cause]) if (one instanceof ServiceError) return one.retryAfterMs;
  return undefined;
}

/** The same delay before each attempt. @param ms - milliseconds */
export function fixedInterval(ms: number): RetryPolicy {
  return () => ms;
}
