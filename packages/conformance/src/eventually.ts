import { vi } from "vitest";

/** More than any condition needs on a busy machine, and less than the limit of a test, so that a failure names the condition. */
const patienceMs = 90_000;

/** The time between checks, and the time until the last failure is thrown. */
export interface EventuallyOptions {
  readonly intervalMs?: number;
  readonly timeoutMs?: number;
}

/** Waits until a check passes, however long the machine takes. */
export function eventually<T>(
  check: () => T | Promise<T>,
  { intervalMs = 20, timeoutMs = patienceMs }: EventuallyOptions = {},
): Promise<T> {
  return vi.waitFor(check, { timeout: timeoutMs, interval: intervalMs });
}
