import { mustBe, OperationTimeoutError } from "../errors.ts";
import { type Clock, setTimer, type Timer } from "./clock.ts";

/** What every operation takes last. */
export interface OperationOptions {
  /** Gives the operation up: it rejects with the signal's reason. What is already with the hub stays there. */
  signal?: AbortSignal | undefined;
  /**
   * How long the operation may take, in milliseconds, waiting for a connection included; the client's
   * `operationTimeoutMs` when left out, no limit when `Infinity`.
   */
  timeoutMs?: number | undefined;
}

/** @throws {ArgumentError} `invalid_argument` */
export function checkTimeout(name: string, value: unknown): number {
  if (typeof value === "number" && value > 0) return value;
  throw mustBe(name, value, "a number of milliseconds greater than 0");
}

/** Calls `run` after so many milliseconds; `Infinity` never comes. */
export function setDeadline(clock: Clock, ms: number, run: () => void): Timer {
  return ms === Number.POSITIVE_INFINITY ? { cancel: () => {} } : setTimer(clock, ms, run, false);
}

/**
 * Runs an operation that ends with its result, its time-out or its signal, whichever is first, and leaves no timer and
 * no listener behind.
 *
 * @param what - what was attempted, for the time-out's message: "Reading the twin"
 * @param run - does it; its signal is aborted when the operation is given up
 * @throws {OperationTimeoutError} `operation_timeout`
 */
export async function withDeadline<T>(
  clock: Clock,
  what: string,
  options: OperationOptions,
  defaultMs: number,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { signal, timeoutMs } = options;
  const ms = timeoutMs === undefined ? defaultMs : checkTimeout("timeoutMs", timeoutMs);
  signal?.throwIfAborted();
  const given = new AbortController();
  const onAbort = (): void => given.abort(signal?.reason);
  const timer = setDeadline(clock, ms, () => given.abort(timedOut(what, ms)));
  signal?.addEventListener("abort", onAbort);
  try {
    return await new Promise<T>((resolve, reject) => {
      given.signal.addEventListener("abort", () => reject(given.signal.reason));
      run(given.signal).then(resolve, reject);
    });
  } finally {
    timer.cancel();
    signal?.removeEventListener("abort", onAbort);
  }
}

export function timedOut(what: string, ms: number): OperationTimeoutError {
  return new OperationTimeoutError(`${what} did not finish within ${ms} ms`);
}
