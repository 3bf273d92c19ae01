import { connect, type Socket } from "node:net";
import type { MqttEngine } from "@isohub/core";
import {
  encodePublish,
  type InboundPublish,
  type MqttConnectOptions,
  type MqttSession,
  type OutboundPublish,
  type PacketConnection,
} from "@isohub/core/runtime";

/** The pieces in which bytes are sent and received: in blocks as they arrive, or byte by byte. */
export type Cut = "in blocks" | "byte by byte";

/** An MQTT engine over a plain socket to a broker, with a record of its events. */
export class EngineDevice {
  readonly opened: boolean[] = [];
  readonly refused: number[] = [];
  readonly received: InboundPublish[] = [];
  readonly errors: Error[] = [];
  /** The number of PUBACKs received for each packet id. */
  readonly acknowledged: Map<number, number> = new Map();
  /** The blocks that the broker has sent. */
  readonly bytes: Uint8Array[] = [];
  readonly session: MqttSession;
  closed = false;
  /** Whether it acknowledges messages at QoS 1. */
  acknowledges = true;
  readonly #socket: Socket;
  readonly #checks = new Set<() => void>();

  constructor(
    engine: MqttEngine,
    port: number,
    options: Partial<MqttConnectOptions> = {},
    cut: Cut = "in blocks",
  ) {
    const socket = connect({ host: "127.0.0.1", port, noDelay: true });
    this.#socket = socket;
    const connection: PacketConnection = {
      send(bytes) {
        if (cut === "in blocks") return socket.write(bytes);
        let room = true;
        for (const byte of bytes) room = socket.write(Uint8Array.of(byte));
        return room;
      },
    };
    this.session = engine.start(
      connection,
      {
        clientId: "device",
        username: "user",
        password: undefined,
        cleanSession: true,
        keepAliveSeconds: 60,
        ...options,
      },
      {
        onOpen: (sessionPresent) => this.#record(this.opened, sessionPresent),
        onRefused: (code) => this.#record(this.refused, code),
        onPublish: (message) => {
          if (message.packetId !== undefined && this.acknowledges) this.session.acknowledge(message.packetId);
          this.#record(this.received, message);
        },
        onPuback: (packetId) => {
          this.acknowledged.set(packetId, this.#acknowledgements(packetId) + 1);
          this.#runChecks();
        },
        onProtocolError: (error) => this.#record(this.errors, error),
      },
    );
    socket.on("data", (bytes) => {
      const block = new Uint8Array(bytes);
      this.bytes.push(block);
      if (cut === "in blocks") this.session.receive(block);
      else for (const byte of block) this.session.receive(Uint8Array.of(byte));
      this.#runChecks();
    });
    socket.on("drain", () => this.session.drained());
    socket.on("error", () => {});
    socket.on("close", () => {
      this.closed = true;
      this.#runChecks();
    });
  }

  /** Waits for CONNACK. */
  async open(): Promise<this> {
    await this.until(() => this.opened.length > 0);
    return this;
  }

  /** Waits for a condition, which is checked after each event. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const check = (): void => {
        if (this.errors[0] !== undefined) reject(this.errors[0]);
        else if (condition()) resolve();
        else return;
        this.#checks.delete(check);
      };
      this.#checks.add(check);
      check();
    });
  }

  /** Publishes a message. At QoS 1, resolves when it is acknowledged. */
  async publish(message: OutboundPublish & { packetId: number }): Promise<void> {
    const before = this.#acknowledgements(message.packetId);
    this.session.publish(encodePublish(message));
    if (message.qos === 1) await this.until(() => this.#acknowledgements(message.packetId) > before);
  }

  #acknowledgements(packetId: number): number {
    return this.acknowledged.get(packetId) ?? 0;
  }

  /** Drops the connection without DISCONNECT, and waits until it is closed. */
  async cut(): Promise<void> {
    this.session.stop();
    this.#socket.destroy();
    await this.until(() => this.closed);
  }

  #record<T>(list: T[], value: T): void {
    list.push(value);
    this.#runChecks();
  }

  #runChecks(): void {
    for (const check of [...this.#checks]) check();
  }
}
