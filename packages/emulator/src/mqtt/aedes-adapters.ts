import { Readable } from "node:stream";
import type { Client } from "aedes";
import type { Session } from "../hub/session.ts";
import { topicFilter } from "../hub/topics.ts";

/**
 * Replaces the emitter with which aedes routes publishes to subscribers. It routes nothing, because devices never receive
 * messages from each other: the hub sends to each connection.
 */
export class NoRouting {
  on(_topic: string, _listener: unknown, done?: () => void): this {
    done?.();
    return this;
  }

  removeListener(_topic: string, _listener: unknown, done?: () => void): void {
    done?.();
  }

  // Never synchronously: aedes resumes reading in the callback, and would reenter the parser.
  emit(_packet: unknown, done?: () => void): void {
    if (done !== undefined) setImmediate(done);
  }

  close(done: () => void): void {
    setImmediate(done);
  }
}

/** A client as aedes passes it to its persistence. */
interface PersistedClient {
  readonly id: string;
}

/**
 * Replaces the persistence in which aedes stores subscriptions, wills, and retained and unacknowledged messages. It stores
 * nothing, because the hub does: it returns the subscriptions that a session starts with, and reports PUBACKs to the hub.
 */
export class HubPersistence {
  readonly #sessionOf: (clientId: string) => Session | undefined;
  readonly #acknowledged: (client: Client, packetId: number) => void;

  constructor(
    sessionOf: (clientId: string) => Session | undefined,
    acknowledged: (client: Client, packetId: number) => void,
  ) {
    this.#sessionOf = sessionOf;
    this.#acknowledged = acknowledged;
  }

  async setup(): Promise<void> {}

  async subscriptionsByClient({ id }: PersistedClient): Promise<{ topic: string; qos: 0 | 1 }[]> {
    const session = this.#sessionOf(id);
    if (session === undefined) return [];
    return [...session.subscriptions].map(([kind, qos]) => ({
      topic: topicFilter(kind, session.identity),
      qos,
    }));
  }

  // Called when a PUBACK is parsed. The event 'ack' comes later, after a DISCONNECT that follows it has been processed.
  async outgoingClearMessageId(client: Client, packet: { readonly messageId?: number }): Promise<unknown> {
    if (packet.messageId !== undefined) this.#acknowledged(client, packet.messageId);
    return packet;
  }

  outgoingStream(): Readable {
    return Readable.from([]);
  }

  createRetainedStreamCombi(): Readable {
    return Readable.from([]);
  }

  async *streamWill(): AsyncGenerator<never> {}

  async incomingGetPacket(): Promise<never> {
    throw new Error("QoS 2 is not supported");
  }

  async subscriptionsByTopic(): Promise<never[]> {
    return [];
  }

  async addSubscriptions(): Promise<void> {}
  async removeSubscriptions(): Promise<void> {}
  async cleanSubscriptions(): Promise<void> {}
  async outgoingEnqueue(): Promise<void> {}
  async outgoingEnqueueCombi(): Promise<void> {}
  async outgoingUpdate(): Promise<void> {}
  async cleanIncoming(): Promise<void> {}
  async incomingStorePacket(): Promise<void> {}
  async storeRetained(): Promise<void> {}
  async putWill(): Promise<void> {}
  async delWill(): Promise<void> {}
  async destroy(): Promise<void> {}
}
