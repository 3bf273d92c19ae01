/** A database of strings by key, as far as a {@link Journal} uses one. `classic-level` has this form. */
export interface KeyValueDatabase {
  batch(operations: WriteOperation[]): Promise<void>;
  close(): Promise<void>;
}

/** A write to a {@link KeyValueDatabase}. */
export type WriteOperation =
  | { readonly type: "put"; readonly key: string; readonly value: string }
  | { readonly type: "del"; readonly key: string };

/**
 * The writes that a database doesn't have yet. Writes of one synchronous step, and all that arrive while the database is
 * busy, are written together, so that a crash leaves all of them or none.
 */
export class Journal {
  readonly #database: KeyValueDatabase;
  readonly #onError: (error: unknown) => void;
  /** The writes by their keys; a function makes the string, because the value may be replaced before its turn. */
  #waiting = new Map<string, (() => string) | undefined>();
  #callbacks: (() => void)[] = [];
  #isWriting = false;
  #isScheduled = false;
  #hasFailed = false;

  /** @param onError - called once if the database can't be written; nothing counts as written from then on */
  constructor(database: KeyValueDatabase, onError: (error: unknown) => void) {
    this.#database = database;
    this.#onError = onError;
  }

  /** Whether the database lacks writes. */
  get isBehind(): boolean {
    return this.#isWriting || this.#waiting.size > 0;
  }

  put(key: string, value: () => string): void {
    // The latest write counts, in its own place.
    this.#waiting.delete(key);
    this.#waiting.set(key, value);
    this.#schedule();
  }

  delete(key: string): void {
    this.#waiting.delete(key);
    this.#waiting.set(key, undefined);
    this.#schedule();
  }

  /** Calls back when everything up to now is written; at once if it is. */
  whenWritten(callback: () => void): void {
    if (this.isBehind) this.#callbacks.push(callback);
    else callback();
  }

  /** Writes what waits, and closes the database. */
  async close(): Promise<void> {
    if (!this.#hasFailed) await new Promise<void>((resolve) => this.whenWritten(resolve));
    await this.#database.close();
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isWriting) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      void this.#write();
    });
  }

  async #write(): Promise<void> {
    if (this.#isWriting || this.#hasFailed) return;
    this.#isWriting = true;
    try {
      while (this.#waiting.size > 0) {
        const [writes, callbacks] = [this.#waiting, this.#callbacks];
        this.#waiting = new Map();
        this.#callbacks = [];
        await this.#database.batch(
          Array.from(writes, ([key, value]) =>
            value === undefined ? { type: "del", key } : { type: "put", key, value: value() },
          ),
        );
        // Those that came while it was busy wait for the next turn.
        for (const callback of callbacks) callback();
      }
      this.#isWriting = false;
      for (const callback of this.#callbacks.splice(0)) callback();
    } catch (error) {
      this.#hasFailed = true;
      this.#onError(error);
    }
  }
}
