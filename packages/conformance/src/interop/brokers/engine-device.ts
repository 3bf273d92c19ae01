import { connect, type Socket } from "node:net";
import type { MqttEngine } from "@isohub/core";
import type {
  InboundPublish,
  MqttConnectOptions,
  MqttSession,
  OutboundPublish,
  PacketConnection,
} from "@isohub/core/runtime";

/** How bytes go over: as they come, or each on its own, in both directions. */
export type Cut = "as they come" | "byte by byte";

/** An MQTT engine over a plain socket to a broker, with all that it told. */
export class EngineDevice {
  readonly opened: boolean[] = [];
  readonly refused: number[] = [];
  readonly received: InboundPublish[] = [];
  readonly errors: Error[] = [];
  /** How many PUBACKs came for each packet id. */
  readonly acknowledged: Map<number, number> = new Map();
  /** What the broker sent. */
  readonly bytes: Uint8Array[] = [];
  readonly session: MqttSession;
  closed = false;
  /** Acknowledges by itself what comes at QoS 1. */
  acknowledges = true;
  readonly #socket: Socket;
  readonly #changed = new Set<() => void>();

  constructor(
    engine: MqttEngine,
    port: number,
    options: Partial<MqttConnectOptions> = {},
    cut: Cut = "as they come",
  ) {
    const socket = connect({ host: "127.0.0.1", port, noDelay: true });
    this.#socket = socket;
    const connection: PacketConnection = {
      send(bytes) {
        if (cut === "as they come") return socket.write(bytes);
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
        onOpen: (sessionPresent) => this.#note(this.opened, sessionPresent),
        onRefused: (code) => this.#note(this.refused, code),
        onPublish: (message) => {
          if (message.packetId !== undefined && this.acknowledges) this.session.acknowledge(message.packetId);
          this.#note(this.received, message);
        },
        onPuback: (packetId) => {
          this.acknowledged.set(packetId, this.#acknowledgements(packetId) + 1);
          this.#tell();
        },
        onProtocolError: (error) => this.#note(this.errors, error),
      },
    );
    socket.on("data", (bytes) => {
      const block = new Uint8Array(bytes);
      this.bytes.push(block);
      if (cut === "as they come") this.session.receive(block);
      else for (const byte of block) this.session.receive(Uint8Array.of(byte));
      this.#tell();
    });
    socket.on("drain", () => this.session.drained());
    socket.on("error", () => {});
    socket.on("close", () => {
      this.closed = true;
      this.#tell();
    });
  }

  /** Waits for CONNACK. */
  async open(): Promise<this> {
    await this.until(() => this.opened.length > 0);
    return this;
  }

  /** Waits for a condition; it is looked at whenever something has come in. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (this.errors[0] !== undefined) reject(this.errors[0]);
        else if (condition()) resolve();
        else return;
        this.#changed.delete(look);
      };
      this.#changed.add(look);
      look();
    });
  }

  /** Resolves with the acknowledgement, or at QoS 0 with the sending. */
  async publish(message: Omit<OutboundPublish, "dup"> & { dup?: boolean }): Promise<void> {
    const before = this.#acknowledgements(message.packetId);
    this.session.publish({ dup: false, ...message });
    if (message.qos === 1) await this.until(() => this.#acknowledgements(message.packetId) > before);
  }

  #acknowledgements(packetId: number): number {
    return this.acknowledged.get(packetId) ?? 0;
  }

  /** Ends the connection without a word, and waits until it is gone. */
  async cut(): Promise<void> {
    this.session.stop();
    this.#socket.destroy();
    await this.until(() => this.closed);
  }

  #note<T>(list: T[], value: T): void {
    list.push(value);
    this.#tell();
  }

  #tell(): void {
    for (const look of [...this.#changed]) look();
  }
}
