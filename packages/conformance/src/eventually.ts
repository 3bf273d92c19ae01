import { vi } from "vitest";

/** More than any condition needs on a busy machine, and less than the limit of a test, so that a failure names the condition. */
const patienceMs = 90_000;

/** Waits until a check passes, however long the machine takes. @param intervalMs - the time between checks */
export function eventually<T>(
  check: () => T | Promise<T>,
  intervalMs = 20,
  timeoutMs: number = patienceMs,
): Promise<T> {
  return vi.waitFor(check, { timeout: timeoutMs, interval: intervalMs });
}
