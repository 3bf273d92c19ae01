import type { Connection, ConnectionHandlers } from "../runtime/runtime.ts";
import { utf8 } from "../util/text.ts";
import {
  type ClientPacket,
  encodePacket,
  PacketReader,
  type PublishPacket,
  type ServerPacket,
} from "./mqtt-packets.ts";

/** Handles the packets that arrive at a peer. */
export interface PeerOwner {
  /** A complete packet arrived from the client. */
  onPacket(packet: ClientPacket, peer: MemoryPeer): void;
  /** The connection ended, from either side. */
  onGone(peer: MemoryPeer): void;
}

/**
 * The hub's end of a connection in memory. Bytes arrive in order, a microtask after they were sent. Packets that a client
 * must not send fail the test, see {@link broken}.
 */
export class MemoryPeer {
  /** The client's end. */
  readonly connection: Connection;
  /** All packets received, in order. */
  readonly received: ClientPacket[] = [];
  /** The blocks of bytes received: one per write of the client. */
  readonly blocks: Uint8Array[] = [];
  /** The client's violations of MQTT. */
  broken: unknown;
  /** Cause of the connection's end: the client's `close` or `abort`, or this side. */
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
        // Bytes sent earlier arrive first.
        await Promise.resolve();
        this.#end("close");
      },
      abort: () => this.#end("abort"),
    };
  }

  /** The received packets of one type. */
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

  /** Ends the connection: cleanly, or with an error. */
  close(cause?: Error): void {
    if (this.closed !== undefined) return;
    this.closed = "peer";
    this.#owner.onGone(this);
    this.#handlers.onClose(cause);
  }

  /** Drops all data in both directions from now on without notifying either side, like a pulled cable. */
  freeze(): void {
    this.#frozen = true;
  }

  /** Makes the client's `send` report a full buffer, until {@link drain}. */
  fill(): void {
    this.#full = true;
  }

  /** Reports that the buffer has room again. */
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
    // A socket reports its end also to the side that closed it.
    queueMicrotask(() => this.#handlers.onClose());
  }
}
