import { type Clock, setTimer, type Timer } from "../util/clock.ts";
import { timedOut } from "../util/deadline.ts";
import { type Deferred, deferred } from "../util/deferred.ts";
import { IdTable } from "../util/id-table.ts";

/** What a request is made with. */
export interface RequestTerms<TAnswer> {
  /** What was attempted, for the time-out's message. */
  readonly what: string;
  readonly timeoutMs: number;
  /** What it throws is what the request is rejected with. */
  readonly resolve: (answer: TAnswer) => void;
  readonly reject: (error: unknown) => void;
}

/** Requests of the same moment that may take equally long: one timer for all, which costs as much as a request. */
interface Batch {
  readonly madeAt: number;
  readonly timeoutMs: number;
  readonly ids: string[];
  open: number;
  timer: Timer | undefined;
}

interface Request<TAnswer> {
  readonly id: string;
  readonly terms: RequestTerms<TAnswer>;
  readonly batch: Batch;
}

/**
 * Requests that wait for an answer with their `$rid`. A dropped connection rejects all of them in one place: the hub
 * answers a request only on the connection it came by.
 */
export class RequestLedger<TAnswer> {
  readonly #clock: Clock;
  readonly #waiting = new IdTable<Request<TAnswer>>();
  #last = 0;
  #batch: Batch | undefined;
  #whenEmpty: Deferred<void> | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The number of open requests. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Opens a request. @returns its id */
  open(terms: RequestTerms<TAnswer>): string {
    this.#last = (this.#last + 1) % highestId || 1;
    const id = this.#last.toString(16);
    const batch = this.#batchOf(terms.timeoutMs);
    batch.ids.push(id);
    batch.open++;
    this.#waiting.set(this.#last, { id, terms, batch });
    return id;
  }

  /** Hands an answer over. @returns false when nobody waits for it (any more) */
  settle(id: string, answer: TAnswer): boolean {
    const terms = this.forget(id);
    try {
      terms?.resolve(answer);
    } catch (error) {
      terms?.reject(error);
    }
    return terms !== undefined;
  }

  /** Resolves when no request is open any more. */
  async empty(): Promise<void> {
    if (this.#waiting.size === 0) return;
    this.#whenEmpty ??= deferred<void>();
    await this.#whenEmpty.promise;
  }

  /** Fails every open request. */
  rejectAll(error: Error): void {
    for (const { id } of this.#waiting.values()) this.forget(id)?.reject(error);
    this.#batch?.timer?.cancel();
    this.#batch = undefined;
  }

  /** Takes a request out without an answer. @returns what it was made with, if it was open */
  forget(id: string): RequestTerms<TAnswer> | undefined {
    const number = Number.parseInt(id, 16);
    const request = this.#waiting.get(number);
    // Whatever else the hub may send.
    if (request?.id !== id) return undefined;
    this.#waiting.take(number);
    const { batch, terms } = request;
    if (--batch.open === 0 && batch !== this.#batch) batch.timer?.cancel();
    if (this.#waiting.size === 0) {
      this.#whenEmpty?.resolve();
      this.#whenEmpty = undefined;
    }
    return terms;
  }

  #batchOf(timeoutMs: number): Batch {
    const madeAt = this.#clock.now();
    const last = this.#batch;
    if (last?.madeAt === madeAt && last.timeoutMs === timeoutMs) return last;
    if (last?.open === 0) last.timer?.cancel();
    const batch: Batch = { madeAt, timeoutMs, ids: [], open: 0, timer: undefined };
    if (timeoutMs < Number.POSITIVE_INFINITY) {
      // The timer of the last batch stays for those that may still come; an idle one, it keeps no process alive: what
      // waits has a connection, which does.
      batch.timer = setTimer(this.#clock, timeoutMs, () => {
        for (const id of batch.ids) {
          const terms = this.forget(id);
          terms?.reject(timedOut(terms.what, timeoutMs));
        }
      });
    }
    this.#batch = batch;
    return batch;
  }
}

/** What a table takes for a number of its own. */
const highestId = 0x4000_0000;
