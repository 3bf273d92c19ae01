import type { PacketConnection } from "./engine.ts";
import { beginPacket, endPacket, putUint16 } from "./packet-block.ts";

/** Sends packets, and holds them back while the connection is full. Sends nothing after {@link stop}. */
export class PacketWriter {
  readonly #connection: PacketConnection;
  /** Packets that wait until the connection accepts more. */
  #held: Uint8Array[] = [];
  #full = false;
  #stopped = false;

  constructor(connection: PacketConnection) {
    this.#connection = connection;
  }

  get isStopped(): boolean {
    return this.#stopped;
  }

  /** Sends a packet, as soon as the connection accepts it. */
  publish(packet: Uint8Array): void {
    if (this.#stopped) return;
    if (this.#full) this.#held.push(packet);
    else if (!this.#connection.send(packet)) this.#full = true;
  }

  // These three have a few bytes each and are never held back: behind messages that a slow hub doesn't accept, a PINGREQ would be
  // late, and the hub would consider the connection dead.

  acknowledge(packetId: number): void {
    beginPacket();
    putUint16(packetId);
    this.#writeNow(endPacket(0x40));
  }

  ping(): void {
    this.#writeNow(Uint8Array.of(0xc0, 0));
  }

  disconnect(): void {
    this.#writeNow(Uint8Array.of(0xe0, 0));
  }

  /** The connection accepts more bytes. */
  drained(): void {
    this.#full = false;
    const held = this.#held;
    this.#held = [];
    for (const packet of held) this.publish(packet);
  }

  stop(): void {
    this.#stopped = true;
    this.#held = [];
  }

  #writeNow(packet: Uint8Array): void {
    if (!this.#stopped) this.#connection.send(packet);
  }
}
