import type { Connection, ConnectionHandlers } from "../runtime/runtime.ts";
import { utf8 } from "../util/text.ts";
import {
  type ClientPacket,
  encodePacket,
  PacketReader,
  type PublishPacket,
  type ServerPacket,
} from "./mqtt-packets.ts";

/** Who answers what comes in at a peer. */
export interface PeerOwner {
  /** A whole packet has come from the client. */
  onPacket(packet: ClientPacket, peer: MemoryPeer): void;
  /** The connection has ended, by whichever side. */
  onGone(peer: MemoryPeer): void;
}

/**
 * The hub's end of a connection in memory. Bytes arrive a microtask after they were sent, in order; whatever a client
 * must not send is an error of the test, see {@link broken}.
 */
export class MemoryPeer {
  /** The client's end. */
  readonly connection: Connection;
  /** Everything that came in, in its order. */
  readonly received: ClientPacket[] = [];
  /** The blocks of bytes that came in: one for each write of the client. */
  readonly blocks: Uint8Array[] = [];
  /** What the client did that MQTT forbids. */
  broken: unknown;
  /** How the connection ended: by the client's `close` or `abort`, or from this end. */
  closed: "close" | "abort" | "peer" | undefined;
  readonly #handlers: ConnectionHandlers;
  readonly #owner: PeerOwner;
  readonly #reader = new PacketReader();
  #lastId = 0;
  #frozen = false;
  #full = false;

  constructor(handlers: ConnectionHandlers, owner: PeerOwner) {
    this.#handlers = handlers;
    this.#owner = owner;
    this.connection = {
      send: (bytes) => {
        queueMicrotask(() => this.#receive(bytes));
        return !this.#full;
      },
      close: async () => {
        // What was sent before arrives before.
        await Promise.resolve();
        this.#end("close");
      },
      abort: () => this.#end("abort"),
    };
  }

  /** The packets of one type that came in. */
  all<T extends ClientPacket["type"]>(type: T): Extract<ClientPacket, { type: T }>[] {
    return this.received.filter(
      (packet): packet is Extract<ClientPacket, { type: T }> => packet.type === type,
    );
  }

  /** Sends a packet to the client. */
  send(packet: ServerPacket): void {
    this.sendBytes(encodePacket(packet));
  }

  /** Sends bytes to the client, whether they are MQTT or not. */
  sendBytes(bytes: Uint8Array): void {
    if (this.#frozen) return;
    queueMicrotask(() => {
      if (this.closed === undefined && !this.#frozen) this.#handlers.onData(bytes);
    });
  }

  /** Sends a message to the client. @returns its packet id, 0 at QoS 0 */
  publish(topic: string, payload: string | Uint8Array, options: { qos?: 0 | 1; dup?: boolean } = {}): number {
    const { qos = 0, dup = false } = options;
    const packetId = qos === 0 ? 0 : ++this.#lastId;
    const bytes = typeof payload === "string" ? utf8(payload) : payload;
    const packet: PublishPacket = {
      type: "publish",
      topic,
      payload: bytes,
      qos,
      dup,
      retain: false,
      packetId,
    };
    this.send(packet);
    return packetId;
  }

  /** Ends the connection: in order, or with the error that broke it. */
  close(cause?: Error): void {
    if (this.closed !== undefined) return;
    this.closed = "peer";
    this.#owner.onGone(this);
    this.#handlers.onClose(cause);
  }

  /** From now on nothing comes through in either direction, and nobody is told: a cable pulled. */
  freeze(): void {
    this.#frozen = true;
  }

  /** The client's next `send` says that the buffer is full, until {@link drain}. */
  fill(): void {
    this.#full = true;
  }

  /** Says that the buffer has room again. */
  drain(): void {
    this.#full = false;
    this.#handlers.onDrain();
  }

  #receive(bytes: Uint8Array): void {
    if (this.closed !== undefined || this.#frozen) return;
    this.blocks.push(bytes);
    try {
      for (const packet of this.#reader.push(bytes)) {
        this.received.push(packet);
        this.#owner.onPacket(packet, this);
      }
    } catch (error) {
      this.broken = error;
      this.close();
    }
  }

  #end(how: "close" | "abort"): void {
    if (this.closed !== undefined) return;
    this.closed = how;
    this.#owner.onGone(this);
    // A socket says that it is closed also to who closed it.
    queueMicrotask(() => this.#handlers.onClose());
  }
}
