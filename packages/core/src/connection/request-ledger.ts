import { type Deferred, deferred } from "../util/deferred.ts";
import { IdTable } from "../util/id-table.ts";

/**
 * Requests that wait for an answer with their `$rid`. A dropped connection rejects all of them in one place: the hub
 * answers a request only on the connection it came by.
 */
export class RequestLedger<TAnswer> {
  readonly #waiting = new IdTable<Deferred<TAnswer>>();
  #last = 0;
  #whenEmpty: Deferred<void> | undefined;

  /** The number of open requests. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Opens a request. */
  open(): { requestId: string; answer: Promise<TAnswer> } {
    this.#last = (this.#last + 1) % highestId || 1;
    const entry = deferred<TAnswer>();
    this.#waiting.set(this.#last, entry);
    return { requestId: this.#last.toString(16), answer: entry.promise };
  }

  /** Hands an answer over. @returns false when nobody waits for it (any more) */
  settle(requestId: string, answer: TAnswer): boolean {
    const entry = this.#waiting.take(idOf(requestId));
    if (entry === undefined) return false;
    this.#tellIfEmpty();
    entry.resolve(answer);
    return true;
  }

  /** Gives one request up without an answer. */
  forget(requestId: string): void {
    this.#waiting.take(idOf(requestId));
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
    const entries = this.#waiting.values();
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

/** What a table takes for a number of its own. */
const highestId = 0x4000_0000;

/** The number of a request id of ours; 0, which none has, for whatever else the hub may send. */
function idOf(requestId: string): number {
  const id = Number.parseInt(requestId, 16);
  return id.toString(16) === requestId ? id : 0;
}
