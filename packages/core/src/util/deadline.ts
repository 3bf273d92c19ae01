import { mustBe, OperationTimeoutError } from "../errors.ts";
import { type Clock, setDelay, type Timer } from "./clock.ts";

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
  return ms === Number.POSITIVE_INFINITY ? { cancel: () => {} } : setDelay(clock, ms, run, false);
}

/**
 * An operation that may be given up before its end. It says what an `AbortSignal` says and is lighter: the signal is made
 * for who asks for one, and most operations end before anybody does.
 */
export class Operation {
  #controller: AbortController | undefined;
  #onGivenUp: ((reason: unknown) => void) | undefined;
  #givenUp = false;
  #reason: unknown;

  /** Aborts when the operation is given up. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#givenUp) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  throwIfGivenUp(): void {
    if (this.#givenUp) throw this.#reason;
  }

  /** Calls `run` when the operation is given up; of several only the last. */
  set onGivenUp(run: ((reason: unknown) => void) | undefined) {
    this.#onGivenUp = run;
  }

  giveUp(reason: unknown): void {
    this.#givenUp = true;
    this.#reason = reason;
    this.#controller?.abort(reason);
    this.#onGivenUp?.(reason);
  }
}

/**
 * Runs an operation that ends with its result, its time-out or its signal, whichever is first, and leaves no timer and
 * no listener behind.
 *
 * @param what - what was attempted, for the time-out's message: "Reading the twin"
 * @throws {OperationTimeoutError} `operation_timeout`
 */
export async function runOperation<T>(
  clock: Clock,
  what: string,
  options: OperationOptions,
  defaultMs: number,
  run: (operation: Operation) => Promise<T>,
): Promise<T> {
  const { signal, timeoutMs } = options;
  const ms = timeoutMs === undefined ? defaultMs : checkTimeout("timeoutMs", timeoutMs);
  signal?.throwIfAborted();
  const operation = new Operation();
  return new Promise<T>((resolve, reject) => {
    const giveUp = (reason: unknown): void => {
      operation.giveUp(reason);
      end();
      reject(reason);
    };
    const onAbort = (): void => giveUp(signal?.reason);
    const timer = setDeadline(clock, ms, () => giveUp(timedOut(what, ms)));
    signal?.addEventListener("abort", onAbort);
    const end = (): void => {
      timer.cancel();
      signal?.removeEventListener("abort", onAbort);
    };
    const fail = (error: unknown): void => {
      end();
      reject(error);
    };
    try {
      run(operation).then((value) => {
        end();
        resolve(value);
      }, fail);
    } catch (error) {
      fail(error);
    }
  });
}

/** {@link runOperation} for work that takes an `AbortSignal`. */
export function withDeadline<T>(
  clock: Clock,
  what: string,
  options: OperationOptions,
  defaultMs: number,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return runOperation(clock, what, options, defaultMs, (operation) => run(operation.signal));
}

export function timedOut(what: string, ms: number): OperationTimeoutError {
  return new OperationTimeoutError(`${what} did not finish within ${ms} ms`);
}
