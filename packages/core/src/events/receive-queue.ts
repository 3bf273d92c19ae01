import { type Clock, setTimer } from "../util/clock.ts";
import type { Channel } from "./channel.ts";

/** How a `receive…` call waits. */
export interface ReceiveOptions {
  /** Whether to wait when nothing is there. Default true. */
  block?: boolean | undefined;
  /** How long to wait, in seconds as in Python. Default: for ever. */
  timeout?: number | undefined;
  /** Ends the wait: the call rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

interface Item<T> {
  readonly value: T;
  readonly key: string;
  readonly taken: () => void;
}

interface Waiter<T> {
  readonly key: string | undefined;
  readonly take: (value: T) => void;
  readonly fail: (error: Error) => void;
}

/**
 * Events that are fetched one by one in place of being handled: Python's `receive_…` calls. An event counts as handled
 * when it is handed over.
 *
 * A call with a key gets the events of that key only; once a key has been asked for, calls without one get the others.
 */
export class ReceiveQueue<T> {
  readonly #clock: Clock;
  readonly #keyOf: (value: T) => string;
  readonly #keys = new Set<string>();
  #items: Item<T>[] = [];
  #waiters: Waiter<T>[] = [];

  constructor(channel: Channel<T>, clock: Clock, keyOf: (value: T) => string) {
    this.#clock = clock;
    this.#keyOf = keyOf;
    channel.listen(
      (value) =>
        new Promise<void>((taken) => {
          const key = this.#keyOf(value);
          const waiter = this.#waiters.find((one) => this.#matches(one.key, key));
          if (waiter === undefined) {
            this.#items.push({ value, key, taken });
            return;
          }
          this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
          waiter.take(value);
          taken();
        }),
    );
  }

  /** Reserves the events of a key for calls that name it. */
  reserve(key: string | undefined): void {
    if (key !== undefined) this.#keys.add(key);
  }

  /** @returns `undefined` when nothing came in the time that was given */
  async receive(key: string | undefined, options: ReceiveOptions): Promise<T | undefined> {
    const at = this.#items.findIndex((item) => this.#matches(key, item.key));
    const item = this.#items[at];
    if (item !== undefined) {
      this.#items.splice(at, 1);
      item.taken();
      return item.value;
    }
    const { block = true, timeout, signal } = options;
    if (!block) return undefined;
    signal?.throwIfAborted();
    return new Promise((resolve, reject) => {
      const end = (): void => {
        timer?.cancel();
        signal?.removeEventListener("abort", onAbort);
        this.#waiters = this.#waiters.filter((one) => one !== waiter);
      };
      const fail = (reason: unknown): void => {
        end();
        reject(reason);
      };
      const onAbort = (): void => fail(signal?.reason);
      const waiter: Waiter<T> = {
        key,
        take: (value) => {
          end();
          resolve(value);
        },
        fail,
      };
      const timer =
        timeout === undefined
          ? undefined
          : setTimer(
              this.#clock,
              timeout * 1000,
              () => {
                end();
                resolve(undefined);
              },
              false,
            );
      signal?.addEventListener("abort", onAbort);
      this.#waiters.push(waiter);
    });
  }

  /** Forgets what has not been fetched. */
  clear(): void {
    const items = this.#items;
    this.#items = [];
    for (const { taken } of items) taken();
  }

  /** Ends every wait with an error. */
  close(error: Error): void {
    for (const { fail } of [...this.#waiters]) fail(error);
    this.#items = [];
  }

  #matches(wanted: string | undefined, key: string): boolean {
    return wanted === undefined ? !this.#keys.has(key) : wanted === key;
  }
}
