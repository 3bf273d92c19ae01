/** A function that receives events. Its promise is awaited where the outcome matters. */
export type Listener<T> = (value: T) => unknown;

interface Consumer<T> {
  readonly run: Listener<T>;
  /** Called when the consumer is removed. */
  readonly end?: () => void;
}

/** Whether a value is a promise or another thenable. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | undefined | null)?.then === "function";
}

/** An iteration ended before its loop reached the event. */
export class NotConsumed extends Error {
  override readonly name = "NotConsumed";
}

const noListeners: readonly never[] = [];

/**
 * One event of a client, with all its consumers in one list: the handler property, listeners and iterators. They are
 * called synchronously, in the order they were added. What they throw becomes an outcome and never reaches the protocol.
 */
export class Channel<T> {
  // The list is never changed in place, so an event goes to the consumers that existed when it arrived. Not a Set,
  // which takes 200 bytes even when empty; a client has six of these.
  #consumers: readonly Consumer<T>[] = noListeners;
  readonly #onInterest: ((wanted: boolean) => void) | undefined;
  #property: Consumer<T> | undefined;
  #closed = false;

  /** @param onInterest - called when the first consumer is added and when the last one is removed */
  constructor(onInterest?: (wanted: boolean) => void) {
    this.#onInterest = onInterest;
  }

  get hasConsumers(): boolean {
    return this.#consumers.length > 0;
  }

  /** The handler property: at most one function. Assigning replaces it; `undefined` removes it. */
  get handler(): Listener<T> | undefined {
    return this.#property?.run;
  }

  set handler(run: Listener<T> | undefined) {
    const before = this.#property;
    this.#property = run && { run };
    // The new handler is added before the old one is removed, so that replacing it doesn't look like losing interest.
    if (this.#property) this.#add(this.#property);
    if (before) this.#remove(before);
  }

  /** Adds a listener. @returns a function that removes it; so does `signal` */
  listen(run: Listener<T>, signal?: AbortSignal): () => void {
    return this.#join({ run }, signal);
  }

  /**
   * Iterates over the events from the first request on. An event counts as handled when the loop requests the next one or
   * ends; events that the loop never reached reject with {@link NotConsumed}.
   */
  async *iterate(signal?: AbortSignal): AsyncGenerator<T, void, undefined> {
    const waiting: { value: T; handled: () => void; refused: (error: Error) => void }[] = [];
    let isOver = this.#closed || signal?.aborted === true;
    let wake = (): void => {};
    if (isOver) return;
    const stop = this.#join(
      {
        run: (value) =>
          new Promise<void>((handled, refused) => {
            waiting.push({ value, handled, refused });
            wake();
          }),
        end: () => {
          isOver = true;
          wake();
        },
      },
      signal,
    );
    try {
      while (!isOver) {
        const next = waiting.shift();
        if (next === undefined) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
          continue;
        }
        try {
          yield next.value;
        } finally {
          next.handled();
        }
      }
    } finally {
      stop();
      for (const { refused } of waiting) refused(new NotConsumed());
    }
  }

  /** Removes all consumers; iterations end. */
  close(): void {
    this.#closed = true;
    const consumers = this.#consumers;
    this.#consumers = [];
    this.#property = undefined;
    for (const { end } of consumers) end?.();
  }

  /** Calls all consumers. @returns their outcomes: a promise if there is something to await; an exception becomes a rejection */
  emit(value: T): unknown[] {
    return this.#consumers.map(({ run }) => {
      try {
        const outcome = run(value);
        return isThenable(outcome) ? Promise.resolve(outcome) : outcome;
      } catch (error) {
        return Promise.reject(error);
      }
    });
  }

  /** Calls all consumers, and `failed` with each failure. A loop that was left early isn't a failure. */
  notify(value: T, failed: (error: unknown) => void): void {
    for (const outcome of this.emit(value)) {
      if (!(outcome instanceof Promise)) continue;
      outcome.catch((error: unknown) => {
        if (!(error instanceof NotConsumed)) failed(error);
      });
    }
  }

  #add(consumer: Consumer<T>): void {
    this.#consumers = [...this.#consumers, consumer];
    if (this.#consumers.length === 1) this.#onInterest?.(true);
  }

  /** @returns a function that removes it; so does `signal` */
  #join(consumer: Consumer<T>, signal: AbortSignal | undefined): () => void {
    const stop = (): void => {
      signal?.removeEventListener("abort", stop);
      this.#remove(consumer);
    };
    if (signal?.aborted) return stop;
    this.#add(consumer);
    signal?.addEventListener("abort", stop);
    return stop;
  }

  #remove(consumer: Consumer<T>): void {
    const left = this.#consumers.filter((one) => one !== consumer);
    if (left.length === this.#consumers.length) return;
    this.#consumers = left;
    consumer.end?.();
    if (this.#property === consumer) this.#property = undefined;
    if (left.length === 0) this.#onInterest?.(false);
  }
}
