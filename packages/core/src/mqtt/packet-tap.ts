import type {
  MqttConnectOptions,
  MqttEngine,
  MqttSession,
  MqttSessionEvents,
  PacketConnection,
} from "./engine.ts";
import { decodePacket, type MqttPacket } from "./mqtt-packet.ts";

/** A packet of a connection, as {@link tapPackets} reports it. */
export interface TappedPacket {
  readonly direction: "sent" | "received";
  /** The connection: 1 for the first one that the tapped engine started, and so on. */
  readonly connection: number;
  /** The device, or `device/module`. */
  readonly clientId: string;
  readonly packet: MqttPacket;
}

/** Receives the packets of a tapped engine, in order. Exceptions it throws are ignored. */
export type PacketListener = (packet: TappedPacket) => void;

/**
 * Wraps an MQTT engine, so that a listener receives every packet that its connections send and receive, decoded. Pass the result
 * as the option `engine` of a client. Packets never contain a password; their bodies are as the application sent them.
 *
 * Clients without a tap are unaffected: nothing of it is in their code. Each connection copies the bodies of its messages, so use
 * it to look at a few devices, not for load tests.
 *
 * @param engine - `leanEngine`, or `mqttJsEngine`
 * @param listener - called synchronously, before the packet is sent or handled
 * @example
 * ```ts
 * const engine = tapPackets(leanEngine, ({ direction, packet }) => console.log(direction, packet.type));
 * const client = IoTHubDeviceClient.createFromConnectionString(connectionString, { engine });
 * ```
 */
export function tapPackets(engine: MqttEngine, listener: PacketListener): MqttEngine {
  let connections = 0;
  return {
    name: engine.name,
    prepare: () => engine.prepare(),
    start(connection, options, events) {
      connections += 1;
      return startTapped(engine, listener, connections, connection, options, events);
    },
  };
}

function startTapped(
  engine: MqttEngine,
  listener: PacketListener,
  number: number,
  connection: PacketConnection,
  options: MqttConnectOptions,
  events: MqttSessionEvents,
): MqttSession {
  const report = (direction: TappedPacket["direction"]): PacketFramer =>
    new PacketFramer((bytes) => {
      try {
        listener({ direction, connection: number, clientId: options.clientId, packet: decodePacket(bytes) });
      } catch {
        // A tap must not change what it shows.
      }
    });
  const sent = report("sent");
  const received = report("received");
  const tapped: PacketConnection = {
    send(bytes) {
      sent.push(bytes);
      return connection.send(bytes);
    },
  };
  const session = engine.start(tapped, options, events);
  return {
    receive(bytes) {
      received.push(bytes);
      session.receive(bytes);
    },
    drained: () => session.drained(),
    publish: (message) => session.publish(message),
    subscribe: (filters) => session.subscribe(filters),
    unsubscribe: (filters) => session.unsubscribe(filters),
    acknowledge: (packetId) => session.acknowledge(packetId),
    ping: () => session.ping(),
    disconnect: () => session.disconnect(),
    stop: () => session.stop(),
  };
}

const longestPacket = 1024 * 1024;

/** Divides a stream of bytes into packets. Stops at a packet that is longer than any that a hub accepts. */
class PacketFramer {
  readonly #onPacket: (bytes: Uint8Array) => void;
  #begun: Uint8Array = new Uint8Array(0);
  #isStopped = false;

  constructor(onPacket: (bytes: Uint8Array) => void) {
    this.#onPacket = onPacket;
  }

  push(bytes: Uint8Array): void {
    if (this.#isStopped) return;
    let block = bytes;
    if (this.#begun.length > 0) {
      block = new Uint8Array(this.#begun.length + bytes.length);
      block.set(this.#begun);
      block.set(bytes, this.#begun.length);
    }
    let at = 0;
    for (;;) {
      const size = packetSize(block, at);
      if (size > longestPacket) this.#isStopped = true;
      if (size === 0 || this.#isStopped || at + size > block.length) break;
      this.#onPacket(block.subarray(at, at + size));
      at += size;
    }
    // A copy: the connection may reuse its buffer.
    this.#begun = this.#isStopped ? new Uint8Array(0) : block.slice(at);
  }
}

/** Returns the size of the packet at a position, or 0 if its head is incomplete. */
function packetSize(bytes: Uint8Array, at: number): number {
  let length = 0;
  for (let count = 0; count < 4; count++) {
    const byte = bytes[at + 1 + count];
    if (byte === undefined) return 0;
    length |= (byte & 0x7f) << (7 * count);
    if (byte < 0x80) return 2 + count + length;
  }
  return Number.POSITIVE_INFINITY;
}
