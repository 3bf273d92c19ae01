import { type Clock, setTimer } from "../util/clock.ts";
import type { Channel } from "./channel.ts";

/** Options of a `receive…` call. */
export interface ReceiveOptions {
  /** Whether to wait if nothing is available. Default: true. */
  block?: boolean | undefined;
  /** Maximum wait in seconds, as in Python. Default: no limit. */
  timeout?: number | undefined;
  /** Ends the wait; the call rejects with the signal's reason. */
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
 * Events that are fetched one by one instead of being passed to a handler: Python's `receive_…` calls. An event counts as
 * handled when a call returns it.
 *
 * A call with a key receives only the events of that key. Once a key was requested, calls without one receive the others.
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

  /** @returns `undefined` if nothing arrived in time */
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

  /** Discards events that haven't been fetched. */
  clear(): void {
    const items = this.#items;
    this.#items = [];
    for (const { taken } of items) taken();
  }

  /** Rejects all waiting calls. */
  close(error: Error): void {
    for (const { fail } of [...this.#waiters]) fail(error);
    this.#items = [];
  }

  #matches(wanted: string | undefined, key: string): boolean {
    return wanted === undefined ? !this.#keys.has(key) : wanted === key;
  }
}
