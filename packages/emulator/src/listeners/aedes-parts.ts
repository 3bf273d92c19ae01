import { Readable } from "node:stream";
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
 * keeps, by its own rules: this tells aedes which subscriptions a session begins with, and of each PUBACK its packet id.
 */
export class HubPersistence {
  readonly #sessionOf: (clientId: string) => Session | undefined;

  constructor(sessionOf: (clientId: string) => Session | undefined) {
    this.#sessionOf = sessionOf;
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

  // aedes emits 'ack' with what this returns, and has nothing to return for sessions with CleanSession=1.
  async outgoingClearMessageId(_client: PersistedClient, packet: unknown): Promise<unknown> {
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
