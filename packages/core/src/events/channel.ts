/** A function that is told of an event. What it returns is awaited where its outcome matters. */
export type Listener<T> = (value: T) => unknown;

interface Consumer<T> {
  readonly run: Listener<T>;
  /** Called when it is taken away. */
  readonly end?: () => void;
}

/** Whether a value is a promise, of whatever make. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | undefined | null)?.then === "function";
}

/** An iteration ended before its loop came to the event. */
export class NotConsumed extends Error {
  override readonly name = "NotConsumed";
}

const nobody: readonly never[] = [];

/**
 * One event of a client, with all who want to hear of it in one list: the handler property, listeners and iterators.
 * They are called in the order in which they came, synchronously, and none of them can break the protocol: what they
 * throw is theirs.
 */
export class Channel<T> {
  // A list that is never changed in place: an event that is on its way goes to who was there when it came. And no Set,
  // which takes 200 bytes even when it is empty; a client has six of these.
  #consumers: readonly Consumer<T>[] = nobody;
  readonly #onInterest: ((wanted: boolean) => void) | undefined;
  #property: Consumer<T> | undefined;
  #closed = false;

  /** @param onInterest - called when the first consumer comes and when the last one goes */
  constructor(onInterest?: (wanted: boolean) => void) {
    this.#onInterest = onInterest;
  }

  get hasConsumers(): boolean {
    return this.#consumers.length > 0;
  }

  /** The handler property: at most one function; another one takes its place, `undefined` takes it away. */
  get handler(): Listener<T> | undefined {
    return this.#property?.run;
  }

  set handler(run: Listener<T> | undefined) {
    const before = this.#property;
    this.#property = run && { run };
    // The new one is in before the old one is out: replacing a handler is no loss of interest.
    if (this.#property) this.#add(this.#property);
    if (before) this.#remove(before);
  }

  /** Adds a listener. @returns takes it away again; so does `signal` */
  listen(run: Listener<T>, signal?: AbortSignal): () => void {
    return this.#join({ run }, signal);
  }

  /**
   * The events as an iterable, from the first request on. An event counts as handled when the loop asks for the next
   * one or ends; what the loop never came to is rejected with {@link NotConsumed}.
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

  /** Lets go of everybody; iterations end. */
  close(): void {
    this.#closed = true;
    const consumers = this.#consumers;
    this.#consumers = [];
    this.#property = undefined;
    for (const { end } of consumers) end?.();
  }

  /** Tells everybody. @returns what each made of it: a promise where that has to be waited for; a throw is a rejection */
  emit(value: T): unknown[] {
    const outcomes: unknown[] = [];
    for (const { run } of this.#consumers) {
      try {
        const outcome = run(value);
        outcomes.push(isThenable(outcome) ? Promise.resolve(outcome) : outcome);
      } catch (error) {
        outcomes.push(Promise.reject(error));
      }
    }
    return outcomes;
  }

  /** Tells everybody, and `failed` of who fails; a loop that was left early is no failure. */
  tell(value: T, failed: (error: unknown) => void): void {
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

  /** @returns takes it away again; so does `signal` */
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
