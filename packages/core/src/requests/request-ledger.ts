import { type Clock, never, setTimer, type Timer } from "../util/clock.ts";
import { timedOut } from "../util/deadline.ts";
import { type Deferred, deferred } from "../util/deferred.ts";
import { IdTable } from "../util/id-table.ts";

/** The progress of a request that has timed out. */
export const unanswered = ": the request was sent but not answered";

/** The options of a request. */
export interface RequestOptions<TResponse> {
  /** The operation, for the message of the time-out: "Reading the twin". */
  readonly operation: string;
  readonly timeoutMs: number;
  /** If this throws, the request is rejected with that error. */
  readonly resolve: (response: TResponse) => void;
  readonly reject: (error: unknown) => void;
}

/** Requests of the same moment with the same time-out share a timer, because a timer costs as much as a request. */
interface Batch {
  readonly openedAt: number;
  readonly timeoutMs: number;
  readonly ids: string[];
  open: number;
  timer: Timer | undefined;
}

interface Request<TResponse> {
  readonly id: string;
  readonly options: RequestOptions<TResponse>;
  readonly batch: Batch;
}

/**
 * Requests that wait for a response with their id. A dropped connection rejects all of them: a service sends a response
 * only over the connection of the request.
 */
export class RequestLedger<TResponse> {
  readonly #clock: Clock;
  readonly #waiting = new IdTable<Request<TResponse>>();
  #last = 0;
  #batch: Batch | undefined;
  #whenEmpty: Deferred<void> | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Opens a request. @returns its id */
  open(options: RequestOptions<TResponse>): string {
    this.#last = (this.#last + 1) % highestId || 1;
    const id = this.#last.toString(16);
    const batch = this.#batchOf(options.timeoutMs);
    batch.ids.push(id);
    batch.open++;
    this.#waiting.set(this.#last, { id, options, batch });
    return id;
  }

  /** Resolves a request, if it is still open. */
  settle(id: string, response: TResponse): void {
    const options = this.forget(id);
    try {
      options?.resolve(response);
    } catch (error) {
      options?.reject(error);
    }
  }

  /** Resolves once no request is open. */
  async empty(): Promise<void> {
    if (this.#waiting.size === 0) return;
    this.#whenEmpty ??= deferred<void>();
    await this.#whenEmpty.promise;
  }

  /** Rejects every open request. */
  rejectAll(error: Error): void {
    for (const { id } of this.#waiting.values()) this.forget(id)?.reject(error);
    this.#batch?.timer?.cancel();
    this.#batch = undefined;
  }

  /** Removes a request without settling it. @returns its options, if it was open */
  forget(id: string): RequestOptions<TResponse> | undefined {
    const number = Number.parseInt(id, 16);
    const request = this.#waiting.get(number);
    // The id comes from the service: "0x1" and "01" are not ours.
    if (request?.id !== id) return undefined;
    this.#waiting.take(number);
    const { batch, options } = request;
    if (--batch.open === 0 && batch !== this.#batch) batch.timer?.cancel();
    if (this.#waiting.size === 0) {
      this.#whenEmpty?.resolve();
      this.#whenEmpty = undefined;
    }
    return options;
  }

  #batchOf(timeoutMs: number): Batch {
    const openedAt = this.#clock.now();
    const last = this.#batch;
    if (last?.openedAt === openedAt && last.timeoutMs === timeoutMs) return last;
    if (last?.open === 0) last.timer?.cancel();
    const batch: Batch = { openedAt, timeoutMs, ids: [], open: 0, timer: undefined };
    if (timeoutMs < never) {
      // The timer of the latest batch stays, because more requests may join it. It doesn't keep a process alive: open
      // requests have a connection, which does.
      batch.timer = setTimer(this.#clock, timeoutMs, () => {
        for (const id of batch.ids) {
          const options = this.forget(id);
          options?.reject(timedOut(options.operation, timeoutMs, undefined, unanswered));
        }
      });
    }
    this.#batch = batch;
    return batch;
  }
}

/** The limit of the numbers that an `IdTable` accepts. */
const highestId = 0x4000_0000;
