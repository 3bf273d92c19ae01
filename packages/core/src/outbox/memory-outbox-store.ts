import { inUse } from "./outbox-errors.ts";
import type { OutboxStore, StoredMessage, StoredMessages } from "./outbox-store.ts";

/** A store in memory, which lasts as long as the program. A new client with the same outbox sends what the last one left. */
export class MemoryOutboxStore implements OutboxStore {
  readonly #messages = new Map<number, StoredMessage>();
  #isOpen = false;

  async open(): Promise<StoredMessages> {
    if (this.#isOpen) throw inUse("The outbox");
    this.#isOpen = true;
    return { messages: [...this.#messages.values()] };
  }

  async append(messages: readonly StoredMessage[]): Promise<void> {
    for (const message of messages) this.#messages.set(message.key, message);
  }

  async remove(keys: readonly number[]): Promise<void> {
    for (const key of keys) this.#messages.delete(key);
  }

  async close(): Promise<void> {
    this.#isOpen = false;
  }
}
