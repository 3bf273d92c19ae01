import type { Store, Table } from "../../store/store.ts";
import type { Session } from "./session.ts";

/** The topic filters of a session, with the granted QoS. */
type StoredSubscriptions = Readonly<Record<string, 0 | 1>>;

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
    const stored = Object.entries(this.#stored.get(session.key) ?? {});
    for (const [filter, qos] of stored) session.subscriptions.add(filter, qos);
    session.sessionPresent = session.subscriptions.size > 0;
  }

  /** Removes a session, unless a newer one of the same identity has replaced it. */
  remove(session: Session): void {
    if (this.#live.get(session.key) === session) this.#live.delete(session.key);
  }

  /** Adds a subscription. Returns false if the hub doesn't grant it. */
  subscribe(session: Session, filter: string, qos: 0 | 1): boolean {
    const granted = session.subscriptions.add(filter, qos);
    if (granted) this.#store(session);
    return granted;
  }

  /** Removes a subscription. Returns whether there was one. */
  unsubscribe(session: Session, filter: string): boolean {
    const existed = session.subscriptions.remove(filter);
    if (existed) this.#store(session);
    return existed;
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
      this.#stored.set(session.key, session.subscriptions.byFilter());
    }
  }
}
