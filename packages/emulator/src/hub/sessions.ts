import type { Store, Table } from "../store/store.ts";
import type { Session } from "./session.ts";
import type { FilterKind } from "./topics.ts";

/** The subscriptions of a session, with the granted QoS. */
type StoredSubscriptions = Readonly<Partial<Record<FilterKind, 0 | 1>>>;

/** Live connections, one per identity, and the subscriptions that outlive them. */
export class Sessions {
  readonly #live = new Map<string, Session>();
  readonly #stored: Table<StoredSubscriptions>;

  constructor(store: Store) {
    this.#stored = store.table("subscriptions");
  }

  /**
   * Adds a session. A connection of the same identity is closed; stored subscriptions are resumed (CleanSession=0) or
   * deleted (CleanSession=1).
   */
  open(session: Session): void {
    this.#live.get(session.key)?.connection.end("takenOver");
    this.#live.set(session.key, session);
    if (session.connectFields.clean) {
      this.#stored.delete(session.key);
      return;
    }
    const stored = Object.entries(this.#stored.get(session.key) ?? {}) as [FilterKind, 0 | 1][];
    for (const [kind, qos] of stored) session.subscriptions.set(kind, qos);
    session.sessionPresent = session.subscriptions.size > 0;
  }

  /** Removes a session, unless a newer one of the same identity has replaced it. */
  remove(session: Session): void {
    if (this.#live.get(session.key) === session) this.#live.delete(session.key);
  }

  subscribe(session: Session, kind: FilterKind, qos: 0 | 1): void {
    session.subscriptions.set(kind, qos);
    this.#store(session);
  }

  unsubscribe(session: Session, kind: FilterKind): void {
    session.subscriptions.delete(kind);
    this.#store(session);
  }

  /** Returns the session of an identity, if its CONNACK has been sent. */
  live(key: string): Session | undefined {
    const session = this.#live.get(key);
    return session?.live && !session.ended ? session : undefined;
  }

  /** Returns every accepted connection. */
  list(): Session[] {
    return [...this.#live.values()];
  }

  /** Deletes the stored subscriptions of an identity that no longer exists. */
  forget(key: string): void {
    this.#stored.delete(key);
  }

  #store(session: Session): void {
    if (!session.connectFields.clean) {
      this.#stored.set(session.key, Object.fromEntries(session.subscriptions));
    }
  }
}
