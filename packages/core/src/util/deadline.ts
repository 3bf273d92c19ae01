import { ArgumentError, OperationTimeoutError } from "../errors.ts";
import { type Clock, setDelay, type Timer } from "./clock.ts";
import { deferred } from "./deferred.ts";

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
  if (typeof value !== "number" || !(value > 0)) {
    throw new ArgumentError(
      "invalid_argument",
      `${name} is ${String(value)}, it must be a number of milliseconds greater than 0`,
    );
  }
  return value;
}

/** Calls `run` after so many milliseconds; `Infinity` never comes. */
export function setDeadline(clock: Clock, ms: number, run: () => void): Timer {
  return ms === Number.POSITIVE_INFINITY ? { cancel: () => {} } : setDelay(clock, ms, run, false);
}

/**
 * Runs an operation that ends with its result, its time-out or its signal, whichever is first, and leaves no timer and
 * no listener behind.
 *
 * @param what - what was attempted, for the time-out's message: "Reading the twin"
 * @throws {OperationTimeoutError} `operation_timeout`
 */
export async function withDeadline<T>(
  clock: Clock,
  what: string,
  options: OperationOptions,
  defaultMs: number,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const ms = options.timeoutMs === undefined ? defaultMs : checkTimeout("timeoutMs", options.timeoutMs);
  options.signal?.throwIfAborted();
  const controller = new AbortController();
  const end = deferred<never>();
  end.promise.catch(() => {});
  const give = (reason: unknown): void => {
    controller.abort(reason);
    end.reject(reason);
  };
  const timer = setDeadline(clock, ms, () => give(timedOut(what, ms)));
  const onAbort = (): void => give(options.signal?.reason);
  options.signal?.addEventListener("abort", onAbort);
  try {
    return await Promise.race([run(controller.signal), end.promise]);
  } finally {
    timer.cancel();
    options.signal?.removeEventListener("abort", onAbort);
  }
}

export function timedOut(what: string, ms: number): OperationTimeoutError {
  return new OperationTimeoutError(`${what} did not finish within ${ms} ms`);
}
