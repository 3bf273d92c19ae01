import { type Deferred, deferred } from "../util/deferred.ts";

/** All who wait for the same thing. */
export class Waiters<T> {
  readonly #waiting = new Set<Deferred<T>>();

  get size(): number {
    return this.#waiting.size;
  }

  /** Waits until {@link resolve} or {@link reject}, or until the signal is aborted, which rejects with its reason. */
  async wait(signal?: AbortSignal): Promise<T> {
    const entry = deferred<T>();
    const onAbort = (): void => entry.reject(signal?.reason);
    this.#waiting.add(entry);
    signal?.addEventListener("abort", onAbort);
    try {
      return await entry.promise;
    } finally {
      this.#waiting.delete(entry);
      signal?.removeEventListener("abort", onAbort);
    }
  }

  resolve(value: T): void {
    for (const entry of this.#waiting) entry.resolve(value);
  }

  reject(error: unknown): void {
    for (const entry of this.#waiting) entry.reject(error);
  }
}
