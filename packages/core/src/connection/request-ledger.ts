import { type Deferred, deferred } from "../util/deferred.ts";

/**
 * Requests that wait for an answer with their `$rid`. A dropped connection rejects all of them in one place: the hub
 * answers a request only on the connection it came by.
 */
export class RequestLedger<TAnswer> {
  readonly #waiting = new Map<string, Deferred<TAnswer>>();
  #last = 0;
  #whenEmpty: Deferred<void> | undefined;

  /** The number of open requests. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Opens a request. */
  open(): { requestId: string; answer: Promise<TAnswer> } {
    const requestId = (++this.#last).toString(16);
    const entry = deferred<TAnswer>();
    this.#waiting.set(requestId, entry);
    return { requestId, answer: entry.promise };
  }

  /** Hands an answer over. @returns false when nobody waits for it (any more) */
  settle(requestId: string, answer: TAnswer): boolean {
    const entry = this.#waiting.get(requestId);
    if (entry === undefined) return false;
    this.forget(requestId);
    entry.resolve(answer);
    return true;
  }

  /** Gives one request up without an answer. */
  forget(requestId: string): void {
    this.#waiting.delete(requestId);
    this.#tellIfEmpty();
  }

  /** Resolves when no request is open any more. */
  async empty(): Promise<void> {
    if (this.#waiting.size === 0) return;
    this.#whenEmpty ??= deferred<void>();
    await this.#whenEmpty.promise;
  }

  /** Fails every open request. */
  rejectAll(error: Error): void {
    const entries = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const entry of entries) entry.reject(error);
    this.#tellIfEmpty();
  }

  #tellIfEmpty(): void {
    if (this.#waiting.size > 0) return;
    this.#whenEmpty?.resolve();
    this.#whenEmpty = undefined;
  }
}
