/** A function that is told of an event. What it returns is awaited where its outcome matters. */
export type Listener<T> = (value: T) => unknown;

interface Consumer<T> {
  readonly run: Listener<T>;
}

/** An iteration ended before its loop came to the event. */
export class NotConsumed extends Error {
  override readonly name = "NotConsumed";
}

/**
 * One event of a client, with all who want to hear of it in one list: the handler property, listeners and iterators.
 * They are called in the order in which they came, synchronously, and none of them can break the protocol: what they
 * throw is theirs.
 */
export class Channel<T> {
  // A list that is never changed in place: an event that is on its way goes to who was there when it came. And no Set,
  // which takes 200 bytes even when it is empty; a client has a dozen of these.
  #consumers: readonly Consumer<T>[] = [];
  readonly #onInterest: (wanted: boolean) => void;
  #sleepers: Set<() => void> | undefined;
  #property: Consumer<T> | undefined;
  #closed = false;

  /** @param onInterest - called when the first consumer comes and when the last one goes */
  constructor(onInterest: (wanted: boolean) => void = () => {}) {
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
    this.#property = run === undefined ? undefined : { run };
    // The new one is in before the old one is out: replacing a handler is no loss of interest.
    if (this.#property !== undefined) this.#add(this.#property);
    if (before !== undefined) this.#remove(before);
  }

  /** Adds a listener. @returns takes it away again; so does `signal` */
  listen(run: Listener<T>, signal?: AbortSignal): () => void {
    if (signal?.aborted) return () => {};
    const consumer: Consumer<T> = { run };
    this.#add(consumer);
    const stop = (): void => {
      signal?.removeEventListener("abort", stop);
      this.#remove(consumer);
    };
    signal?.addEventListener("abort", stop);
    return stop;
  }

  /**
   * The events as an iterable, from the first request on. An event counts as handled when the loop asks for the next
   * one or ends; what the loop never came to is rejected with {@link NotConsumed}.
   */
  async *iterate(signal?: AbortSignal): AsyncGenerator<T, void, undefined> {
    const isOver = (): boolean => signal?.aborted === true || this.#closed;
    if (isOver()) return;
    const waiting: { value: T; handled: () => void; refused: (error: Error) => void }[] = [];
    let wake = (): void => {};
    const stop = this.listen(
      (value) =>
        new Promise<void>((handled, refused) => {
          waiting.push({ value, handled, refused });
          wake();
        }),
    );
    const onEnd = (): void => wake();
    signal?.addEventListener("abort", onEnd);
    this.#sleepers ??= new Set();
    this.#sleepers.add(onEnd);
    try {
      while (!isOver()) {
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
      signal?.removeEventListener("abort", onEnd);
      this.#sleepers.delete(onEnd);
      stop();
      for (const { refused } of waiting) refused(new NotConsumed());
    }
  }

  /** Lets go of everybody; iterations end. */
  close(): void {
    this.#closed = true;
    for (const wake of this.#sleepers ?? []) wake();
    this.#consumers = [];
    this.#property = undefined;
  }

  /** Tells everybody. @returns what each made of it; a throw is a rejection */
  emit(value: T): Promise<unknown>[] {
    const outcomes: Promise<unknown>[] = [];
    for (const { run } of this.#consumers) {
      try {
        outcomes.push(Promise.resolve(run(value)));
      } catch (error) {
        outcomes.push(Promise.reject(error));
      }
    }
    return outcomes;
  }

  #add(consumer: Consumer<T>): void {
    this.#consumers = [...this.#consumers, consumer];
    if (this.#consumers.length === 1) this.#onInterest(true);
  }

  #remove(consumer: Consumer<T>): void {
    if (!this.#consumers.includes(consumer)) return;
    this.#consumers = this.#consumers.filter((one) => one !== consumer);
    if (this.#property === consumer) this.#property = undefined;
    if (this.#consumers.length === 0) this.#onInterest(false);
  }
}
