import { type Deferred, deferred } from "../util/deferred.ts";

/** Calls that wait for the same event. */
export class Waiters<T> {
  /** Undefined while there are none: a fleet of idle clients would have many empty sets. */
  #waiting: Set<Deferred<T>> | undefined;

  get size(): number {
    return this.#waiting?.size ?? 0;
  }

  /** Waits until {@link resolve} or {@link reject}, or until the signal is aborted, which rejects with its reason. */
  async wait(signal?: AbortSignal): Promise<T> {
    const entry = deferred<T>();
    this.#waiting ??= new Set();
    const waiting = this.#waiting;
    const giveUp = (): void => {
      waiting.delete(entry);
      entry.reject(signal?.reason);
    };
    waiting.add(entry);
    signal?.addEventListener("abort", giveUp);
    try {
      return await entry.promise;
    } finally {
      signal?.removeEventListener("abort", giveUp);
    }
  }

  resolve(value: T): void {
    for (const entry of this.#taken()) entry.resolve(value);
  }

  reject(error: unknown): void {
    for (const entry of this.#taken()) entry.reject(error);
  }

  #taken(): Iterable<Deferred<T>> {
    const taken = this.#waiting ?? [];
    this.#waiting = undefined;
    return taken;
  }
}
