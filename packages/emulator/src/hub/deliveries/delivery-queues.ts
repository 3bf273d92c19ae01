import type { Clock } from "@isohub/core/internal";
import type { Store, Table } from "../../store/store.ts";
import { type Identity, identityKey, parseIdentity } from "../identities/identity.ts";
import type { Session } from "../sessions/session.ts";
import { DeliveryQueue } from "./delivery-queue.ts";
import type {
  DeliveryReports,
  DeliveryRules,
  FetchedMessage,
  QueuedMessage,
  QueueItem,
  Settlement,
  StoredMessage,
  WaitingMessages,
} from "./queued-message.ts";

/** Options of {@link DeliveryQueues}. */
export interface DeliveryQueuesOptions<Message> {
  readonly clock: Clock;
  readonly store: Store;
  /** The kind of the messages, and the name of the table that holds them. */
  readonly kind: "c2d" | "inputs";
  readonly rules: DeliveryRules;
  /** Returns the callbacks of the queue of an identity. */
  reports(identity: Identity): DeliveryReports<Message>;
}

/** The queues of one kind of message, one for each identity. */
export class DeliveryQueues<Message extends QueuedMessage> {
  readonly #options: DeliveryQueuesOptions<Message>;
  readonly #table: Table<StoredMessage<Message>>;
  readonly #queues = new Map<string, DeliveryQueue<Message>>();
  readonly #listeners = new Map<string, Set<() => void>>();
  #lastNumber = 0;

  constructor(options: DeliveryQueuesOptions<Message>) {
    this.#options = options;
    this.#table = options.store.table(options.kind);
    for (const [key, stored] of this.#table.entries()) {
      // `device/7` or `device/module/7`.
      const end = key.lastIndexOf("/");
      this.#lastNumber = Math.max(this.#lastNumber, Number(key.slice(end + 1)));
      const identity = parseIdentity(key.slice(0, end));
      if (identity !== undefined) this.#queue(identity).restore(key, stored);
    }
  }

  enqueue(identity: Identity, message: Message): void {
    const key = identityKey(identity);
    this.#queue(identity).enqueue(`${key}/${++this.#lastNumber}`, message);
    for (const listener of [...(this.#listeners.get(key) ?? [])]) listener();
  }

  /** Returns the messages that wait for an identity, for a client that fetches them. */
  waitingFor(identity: Identity): WaitingMessages {
    const key = identityKey(identity);
    const count = (): number => this.count(identity);
    return {
      get count() {
        return count();
      },
      fetch: () => this.fetch(identity),
      settle: (lockToken, settlement) => void this.settle(identity, lockToken, settlement),
      onEnqueued: (listener) => {
        const listeners = this.#listeners.get(key) ?? new Set();
        this.#listeners.set(key, listeners.add(listener));
        return () => {
          listeners.delete(listener);
          if (listeners.size === 0 && this.#listeners.get(key) === listeners) this.#listeners.delete(key);
        };
      },
    };
  }

  attach(session: Session, qos: 0 | 1): void {
    this.#queue(session.identity).attach(session, qos);
  }

  detach(session: Session, lost: boolean): void {
    this.#queues.get(session.key)?.detach(session, lost);
  }

  acknowledge(session: Session, packetId: number): void {
    this.#queue(session.identity).acknowledge(session, packetId);
  }

  /** Locks the oldest message that waits for an identity; `undefined` if there is none. */
  fetch(identity: Identity): FetchedMessage<Message> | undefined {
    return this.#queues.get(identityKey(identity))?.fetch();
  }

  /** Settles a fetched message. Returns false if its lock has run out. */
  settle(identity: Identity, lockToken: string, settlement: Settlement): boolean {
    return this.#queues.get(identityKey(identity))?.settle(lockToken, settlement) ?? false;
  }

  /** Returns the number of messages that wait for an identity. */
  count(identity: Identity): number {
    return this.#queues.get(identityKey(identity))?.length ?? 0;
  }

  /** Returns the messages that wait for an identity, oldest first. */
  list(identity: Identity): [item: QueueItem, message: Message][] {
    return this.#queues.get(identityKey(identity))?.list() ?? [];
  }

  /** Deletes the messages that wait for an identity and returns their number. */
  purge(identity: Identity): number {
    return this.#queues.get(identityKey(identity))?.purge() ?? 0;
  }

  /** Purges and removes the queue of an identity that is about to be deleted. */
  forget(identity: Identity): void {
    const key = identityKey(identity);
    const queue = this.#queues.get(key);
    queue?.purge();
    queue?.close();
    this.#queues.delete(key);
  }

  close(): void {
    for (const queue of this.#queues.values()) queue.close();
  }

  #queue(identity: Identity): DeliveryQueue<Message> {
    const key = identityKey(identity);
    const existing = this.#queues.get(key);
    if (existing !== undefined) return existing;
    const { clock, rules, reports, kind } = this.#options;
    const queue = new DeliveryQueue<Message>({
      clock,
      rules,
      table: this.#table,
      kind,
      reports: reports(identity),
    });
    this.#queues.set(key, queue);
    return queue;
  }
}
