import { Readable } from "node:stream";
import type { Client } from "aedes";
import type { Session } from "../hub/session.ts";
import { filterText } from "../hub/topics.ts";

/**
 * aedes asks for an emitter that routes publishes to subscribers. In a hub devices never hear each other: the hub
 * sends to connections, one by one. So nothing is routed.
 */
export class NoRouting {
  on(_topic: string, _listener: unknown, done?: () => void): this {
    done?.();
    return this;
  }

  removeListener(_topic: string, _listener: unknown, done?: () => void): void {
    done?.();
  }

  // Never at once: in the callback aedes reads on, and would parse inside the parser's own loop.
  emit(_packet: unknown, done?: () => void): void {
    if (done !== undefined) setImmediate(done);
  }

  close(done: () => void): void {
    setImmediate(done);
  }
}

/** How aedes names a client to its persistence. */
interface PersistedClient {
  readonly id: string;
}

/**
 * aedes keeps subscriptions, wills, retained and unacknowledged messages in a persistence. The hub keeps what a hub
 * keeps, by its own rules: this tells aedes which subscriptions a session begins with, and the hub of each PUBACK.
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
      topic: filterText(kind, session.identity),
      qos,
    }));
  }

  // Called when a PUBACK is parsed. aedes' event 'ack' comes later, when a DISCONNECT right behind it has been obeyed.
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
