/** Longer waits are cut to this one, so that a wrong answer can't put a device out of service. */
const longestMs = 3_600_000;

/**
 * Reads the seconds that a service asks to wait before the next attempt.
 *
 * @returns milliseconds from 0 to an hour; undefined if there is no number
 */
export function retryAfterMs(seconds: unknown): number | undefined {
  const ms = Number.parseFloat(String(seconds)) * 1000;
  return ms >= 0 ? Math.min(ms, longestMs) : ms < 0 ? 0 : undefined;
}
