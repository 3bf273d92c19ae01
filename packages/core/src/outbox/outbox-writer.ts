import { type Deferred, deferred } from "../util/deferred.ts";
import type { OutboxStore, StoredMessage } from "./outbox-store.ts";

interface Batch {
  readonly messages: StoredMessage[];
  readonly done: Deferred<void>;
}

/**
 * Writes to a store, one call at a time. What arrives during a call is written by the next one, so that many messages share one flush of
 * the disk.
 */
export class OutboxWriter {
  readonly #store: OutboxStore;
  readonly #onRemoveFailed: (error: unknown) => void;
  #batch: Batch | undefined;
  #removed: number[] = [];
  #running: Promise<void> | undefined;
  /** Whether the last removal failed: the same failure is reported once. */
  #hasFailed = false;

  constructor(store: OutboxStore, onRemoveFailed: (error: unknown) => void) {
    this.#store = store;
    this.#onRemoveFailed = onRemoveFailed;
  }

  /** Resolves once a message is stored. */
  append(message: StoredMessage): Promise<void> {
    this.#batch ??= { messages: [], done: deferred() };
    this.#batch.messages.push(message);
    this.#run();
    return this.#batch.done.promise;
  }

  remove(key: number): void {
    this.#removed.push(key);
    this.#run();
  }

  /** Resolves once everything is written, or has failed. */
  async idle(): Promise<void> {
    if (this.#removed.length > 0) this.#run();
    while (this.#running !== undefined) await this.#running;
  }

  #run(): void {
    this.#running ??= this.#write().finally(() => {
      this.#running = undefined;
      // Added after the last look, which was a microtask ago.
      if (this.#batch !== undefined || (this.#removed.length > 0 && !this.#hasFailed)) this.#run();
    });
  }

  async #write(): Promise<void> {
    // Everything of one tick is written together.
    await undefined;
    while (this.#batch !== undefined || this.#removed.length > 0) {
      const batch = this.#batch;
      this.#batch = undefined;
      if (batch !== undefined) await this.#append(batch);
      const removed = this.#removed;
      if (removed.length === 0) continue;
      this.#removed = [];
      try {
        await this.#store.remove(removed);
        this.#hasFailed = false;
      } catch (error) {
        // Removed together with the next ones.
        this.#removed = [...removed, ...this.#removed];
        if (!this.#hasFailed) this.#onRemoveFailed(error);
        this.#hasFailed = true;
        if (this.#batch === undefined) return;
      }
    }
  }

  async #append({ messages, done }: Batch): Promise<void> {
    try {
      await this.#store.append(messages);
      done.resolve();
    } catch (error) {
      done.reject(error);
    }
  }
}
