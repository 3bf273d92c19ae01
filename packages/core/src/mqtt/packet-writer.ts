import type { OutboundPublish, PacketConnection } from "./engine.ts";
import { encodePublish } from "./publish-packet.ts";

/** The half of a session that sends: whole packets, held back while the connection is full. Nothing after {@link stop}. */
export class PacketWriter {
  readonly #connection: PacketConnection;
  /** What waits for room in the connection. */
  #held: Uint8Array[] = [];
  #full = false;
  #stopped = false;

  constructor(connection: PacketConnection) {
    this.#connection = connection;
  }

  get isStopped(): boolean {
    return this.#stopped;
  }

  publish(message: OutboundPublish): void {
    if (!this.#stopped) this.write(encodePublish(message));
  }

  // These three are a few bytes each and do not wait: behind messages that a slow hub does not take, a PINGREQ would be
  // late, and the hub would take the connection for dead.

  acknowledge(packetId: number): void {
    this.#writeNow(Uint8Array.of(0x40, 2, packetId >> 8, packetId & 0xff));
  }

  ping(): void {
    this.#writeNow(Uint8Array.of(0xc0, 0));
  }

  disconnect(): void {
    this.#writeNow(Uint8Array.of(0xe0, 0));
  }

  /** The connection has room again. */
  drained(): void {
    this.#full = false;
    const held = this.#held;
    this.#held = [];
    for (const packet of held) this.write(packet);
  }

  stop(): void {
    this.#stopped = true;
    this.#held = [];
  }

  /** Sends a packet, once there is room. */
  protected write(packet: Uint8Array): void {
    if (this.#stopped) return;
    if (this.#full) this.#held.push(packet);
    else if (!this.#connection.send(packet)) this.#full = true;
  }

  #writeNow(packet: Uint8Array): void {
    if (!this.#stopped) this.#connection.send(packet);
  }
}
