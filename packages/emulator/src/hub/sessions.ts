import type { Session } from "./session.ts";
import type { FilterKind } from "./topics.ts";

/** Live connections, one per identity, and the subscriptions that outlive them. */
export class Sessions {
  readonly #live = new Map<string, Session>();
  readonly #stored = new Map<string, Map<FilterKind, 0 | 1>>();

  /**
   * Puts a session in its place: a connection of the same identity is ended without a word, stored subscriptions are
   * taken up (CleanSession=0) or dropped (CleanSession=1).
   */
  open(session: Session): void {
    this.#live.get(session.key)?.connection.end("takenOver");
    this.#live.set(session.key, session);
    if (session.connectFields.clean) {
      this.#stored.delete(session.key);
      return;
    }
    const stored = this.#stored.get(session.key);
    for (const [kind, qos] of stored ?? []) session.subscriptions.set(kind, qos);
    session.sessionPresent = session.subscriptions.size > 0;
  }

  /** Takes a session out; a newer one of the same identity stays. */
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

  /** The connection of an identity whose CONNACK has gone out. */
  live(key: string): Session | undefined {
    const session = this.#live.get(key);
    return session?.live && !session.ended ? session : undefined;
  }

  /** Every connection that has been let in. */
  list(): Session[] {
    return [...this.#live.values()];
  }

  /** Drops what is stored for an identity that no longer exists. */
  forget(key: string): void {
    this.#stored.delete(key);
  }

  #store(session: Session): void {
    if (!session.connectFields.clean) this.#stored.set(session.key, new Map(session.subscriptions));
  }
}
