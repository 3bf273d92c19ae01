/** A message in a store, in the form that an outbox gives it. */
export interface StoredMessage {
  /** Its position: an integer, higher than that of every message that the store contains. */
  readonly key: number;
  /** The message. Its content is the outbox's own. */
  readonly bytes: Uint8Array;
}

/** The contents of a store when it is opened. */
export interface StoredMessages {
  /** The messages that were stored and not removed, ordered by their keys. */
  readonly messages: readonly StoredMessage[];
  /** A description of what the store had and can't read anymore. The outbox reports it as `outbox_damaged`. */
  readonly damage?: string | undefined;
}

/**
 * A place for the messages of an outbox. The outbox calls one method at a time. Whatever a method throws or rejects with, the outbox
 * reports as `outbox_failed`, with the error as its cause; an error of the SDK stays as it is.
 *
 * To use a database or another place, implement this interface and pass the object as `store` to `createOutbox`.
 */
export interface OutboxStore {
  /**
   * Opens the store for one client, until {@link close}.
   *
   * @throws {ClientError} `outbox_in_use` if another client, in this process or another one, has opened it; throw one with this code,
   * so that two clients don't send the same messages
   */
  open(): Promise<StoredMessages>;
  /** Stores messages, all of them or none. Resolves once they are stored as durably as the store promises. */
  append(messages: readonly StoredMessage[]): Promise<void>;
  /** Removes messages. If they reappear after a crash, they are sent again with the same message id. */
  remove(keys: readonly number[]): Promise<void>;
  /** Closes the store. The outbox awaits its other calls first. */
  close(): Promise<void>;
}
