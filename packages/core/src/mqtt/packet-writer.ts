import type { Connection } from "../runtime.ts";
import { IdTable } from "../util/id-table.ts";
import type { OutboundPublish } from "./engine.ts";
import { encodePublish } from "./publish-packet.ts";

const pingRequest = Uint8Array.of(0xc0, 0);
const disconnectRequest = Uint8Array.of(0xe0, 0);

/**
 * The half of a session that sends: whole packets, held back while the connection is full, and whom to tell of a PUBACK.
 * Nothing is sent and nobody is told after {@link stop}.
 */
export class PacketWriter {
  readonly #connection: Connection;
  /** By packet id, whom to tell of a PUBACK. */
  readonly #unacknowledged = new IdTable<() => void>();
  /** What waits for room in the connection. */
  #held: Uint8Array[] = [];
  #full = false;
  #stopped = false;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Sends a packet, once there is room. */
  send(packet: Uint8Array): void {
    if (this.#stopped) return;
    if (this.#full) this.#held.push(packet);
    else if (!this.#connection.send(packet)) this.#full = true;
  }

  publish(message: OutboundPublish, done: () => void): void {
    if (this.#stopped) return;
    if (message.qos === 1) this.#unacknowledged.set(message.packetId, done);
    this.send(encodePublish(message));
    if (message.qos === 0) done();
  }

  /** A PUBACK came in; one for what is not in flight says nothing. */
  acknowledged(packetId: number): void {
    this.#unacknowledged.take(packetId)?.();
  }

  // These three are a few bytes each and do not wait: behind messages that a slow hub does not take, a PINGREQ would be
  // late, and the hub would take the connection for dead.

  acknowledge(packetId: number): void {
    if (!this.#stopped) this.#connection.send(Uint8Array.of(0x40, 2, packetId >> 8, packetId & 0xff));
  }

  ping(): void {
    if (!this.#stopped) this.#connection.send(pingRequest);
  }

  disconnect(): void {
    if (!this.#stopped) this.#connection.send(disconnectRequest);
  }

  /** The connection has room again. */
  drained(): void {
    this.#full = false;
    const held = this.#held;
    this.#held = [];
    for (const packet of held) this.send(packet);
  }

  stop(): void {
    this.#stopped = true;
    this.#held = [];
    this.#unacknowledged.clear();
  }
}
