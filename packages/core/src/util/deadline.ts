import { ArgumentError, type IsoHubError, mustBe, OperationTimeoutError } from "../errors.ts";
import { type Clock, never, setTimer, type Timer } from "./clock.ts";

/** Options that every operation accepts. */
export interface OperationOptions {
  /** Cancels the operation, which rejects with the signal's reason. What the hub has already received stays there. */
  signal?: AbortSignal | undefined;
  /**
   * Time limit in milliseconds, including the wait for a connection. Default: the client's `operationTimeoutMs`.
   * `Infinity` means no limit.
   */
  timeoutMs?: number | undefined;
}

/** Options of `shutdown`. */
export interface ShutdownOptions extends OperationOptions {
  /**
   * Time limit in milliseconds for the hub to acknowledge everything that the client accepted; the rest is then rejected.
   * `true` waits up to `timeoutMs`. New operations are refused immediately. Default: `false`, which doesn't wait.
   */
  drain?: boolean | number | undefined;
}

/** @throws {ArgumentError} `invalid_argument` */
export function checkTimeout(name: string, value: unknown): number {
  if (typeof value === "number" && value > 0) return value;
  throw mustBe(name, value, "a number of milliseconds greater than 0");
}

/** Refuses anything but an object as options, such as a callback. @throws {ArgumentError} `invalid_argument` */
export function checkOptions(options: unknown): asserts options is object {
  if (typeof options === "object" && options) return;
  // Only its type is shown: a key or a connection string may be passed by mistake.
  const type = options === null ? "null" : `a ${typeof options}`;
  throw new ArgumentError("invalid_argument", `options must be an object, got ${type}`, {
    remediation: "Pass { name: value }; operations return promises",
  });
}

/** Calls `run` after `ms` milliseconds; never for `Infinity`. */
export function setDeadline(clock: Clock, ms: number, run: () => void): Timer {
  return ms === never ? { cancel: () => {} } : setTimer(clock, ms, run, false);
}

/**
 * Runs an operation that ends with its result, its time-out or its signal, whichever comes first. Leaves no timer or
 * listener behind.
 *
 * @param operation - the operation, for the time-out's message: "Reading the twin"
 * @param run - the operation; its signal is aborted on time-out and cancellation
 * @param reason - returns why there is no connection, if there is none
 * @param progress - returns how far the operation got, for the time-out's message
 * @throws {OperationTimeoutError} `operation_timeout`
 */
export async function withDeadline<T>(
  clock: Clock,
  operation: string,
  options: OperationOptions,
  defaultMs: number,
  run: (signal: AbortSignal) => Promise<T>,
  reason?: () => IsoHubError | undefined,
  progress?: () => string,
): Promise<T> {
  checkOptions(options);
  const { signal, timeoutMs } = options;
  const ms = timeoutMs === undefined ? defaultMs : checkTimeout("timeoutMs", timeoutMs);
  signal?.throwIfAborted();
  const given = new AbortController();
  const onAbort = (): void => given.abort(signal?.reason);
  const timer = setDeadline(clock, ms, () => given.abort(timedOut(operation, ms, reason?.(), progress?.())));
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

/** Creates the error of a time-out. @param cause - why there is no connection @param progress - how far the operation got */
export function timedOut(
  operation: string,
  ms: number,
  cause?: IsoHubError,
  progress = "",
): OperationTimeoutError {
  return new OperationTimeoutError(`${operation} did not finish within ${ms} ms${progress}`, {
    cause,
    remediation: cause?.remediation,
  });
}
