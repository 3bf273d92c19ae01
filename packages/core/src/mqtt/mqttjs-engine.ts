import { ProtocolError } from "../errors.ts";
import {
  highestPublishId,
  type MqttConnectOptions,
  type MqttEngine,
  type MqttSession,
  type MqttSessionEvents,
  type PacketConnection,
  type TopicFilter,
} from "./engine.ts";
import { ByteStreamBridge } from "./mqttjs-stream.ts";
import type { MqttJsClient, MqttJsModules } from "./mqttjs-types.ts";
import { PacketLengthGuard } from "./packet-length-guard.ts";
import { PacketWriter } from "./packet-writer.ts";

/**
 * Creates an {@link MqttEngine} of MQTT.js. It uses a new MQTT.js client for each connection, for the protocol only: its
 * reconnection, store, resending, timers and acknowledgements are off, because `connection/` and `messages/` do that.
 *
 * @param load - loads MQTT.js and a Duplex stream; called before the first connection, not at import
 */
export function createMqttJsEngine(load: () => Promise<MqttJsModules>): MqttEngine {
  let modules: MqttJsModules | undefined;
  return {
    name: "mqttjs",
    async prepare() {
      modules ??= await load();
    },
    start(connection, options, events) {
      if (modules === undefined) throw new Error("prepare() must have resolved before start()");
      return new MqttJsSession(modules, connection, options, events);
    },
  };
}

const none = (): void => {};

/** Packet ids for MQTT.js. Messages have ids already; other packets use the upper half. */
class PacketIds {
  #last = highestPublishId;

  allocate(): number {
    this.#last = this.#last >= 0xffff ? highestPublishId + 1 : this.#last + 1;
    return this.#last;
  }
  getLastAllocated(): number {
    return this.#last;
  }
  register(): boolean {
    return true;
  }
  deallocate(): void {}
  clear(): void {}
}

// The in-flight window keeps the messages. MQTT.js would resend a second copy.
const emptyStore = {
  put: (_packet: unknown, done?: () => void): void => done?.(),
  del: (_packet: unknown, done?: (error: null) => void): void => done?.(null),
  get: (_packet: unknown, done?: (error: Error) => void): void => done?.(new Error("nothing is stored")),
  close: (done?: () => void): void => done?.(),
  createStream: () => ({
    on(event: string, run: () => void) {
      // Synchronously: packets directly behind CONNACK must be reported after it.
      if (event === "end") run();
    },
    once: none,
    read: () => null,
    destroy: none,
  }),
};

// MQTT.js uses this for pings, which the link sends instead.
const noTimer = { set: (): number => 0, clear: none };

const skipAcknowledgement = new Error("acknowledged by its receiver");

/**
 * Messages and packets of a few bytes bypass MQTT.js, which copies each message for a store that isn't used here and writes it
 * in six pieces. That takes a third of the CPU time of a message; see docs/adr/0002. MQTT.js has no call for a later PUBACK
 * either. The bridge forwards whole packets of MQTT.js only, so these packets never interrupt one.
 */
class MqttJsSession extends PacketWriter implements MqttSession {
  readonly #client: MqttJsClient;
  readonly #bridge: ByteStreamBridge;
  readonly #lengths = new PacketLengthGuard();
  readonly #events: MqttSessionEvents;

  constructor(
    modules: MqttJsModules,
    connection: PacketConnection,
    options: MqttConnectOptions,
    events: MqttSessionEvents,
  ) {
    super(connection);
    this.#events = events;
    this.#bridge = new ByteStreamBridge(modules.Duplex, connection);
    const client = new modules.MqttClient(() => this.#bridge.stream, {
      protocolVersion: 4,
      clientId: options.clientId,
      username: options.username,
      ...(options.password === undefined ? {} : { password: options.password }),
      clean: options.cleanSession,
      keepalive: options.keepAliveSeconds,
      manualConnect: true,
      reconnectPeriod: 0,
      resubscribe: false,
      queueQoSZero: false,
      reschedulePings: false,
      timerVariant: noTimer,
      messageIdProvider: new PacketIds(),
      outgoingStore: emptyStore,
      incomingStore: emptyStore,
      writeCache: false,
      log: none,
      // The caller's time-out is shorter and must apply.
      connectTimeout: 0x7fffffff,
    });
    this.#client = client;
    client.on("connect", (packet) => {
      if (!this.isStopped) events.onOpen(packet?.sessionPresent === true);
    });
    client.on("error", (error) => {
      if (this.isStopped) return;
      const code: unknown = error.code;
      if (typeof code === "number" && code >= 1 && code <= 5 && !client.connected) events.onRefused(code);
      else
        events.onProtocolError(
          new ProtocolError("protocol_error", `Invalid MQTT: ${error.message}`, { cause: error }),
        );
    });
    client.on("message", (topic, payload, packet) => {
      if (this.isStopped) return;
      const qos = packet.qos === 0 ? 0 : 1;
      events.onPublish({
        topic,
        payload,
        qos,
        dup: packet.dup === true,
        packetId: qos === 1 ? packet.messageId : undefined,
      });
    });
    client.on("packetreceive", ({ cmd, messageId }) => {
      if (cmd === "puback" && !this.isStopped) events.onPuback(messageId);
    });
    // An error makes MQTT.js continue without a PUBACK, which acknowledge() sends.
    client.handleMessage = (_packet, done) => done(skipAcknowledgement);
    client.connect();
  }

  receive(bytes: Uint8Array): void {
    if (this.isStopped) return;
    const problem = this.#lengths.check(bytes);
    if (problem === undefined) this.#bridge.stream.push(new Uint8Array(bytes));
    else this.#events.onProtocolError(new ProtocolError("protocol_error", `Invalid MQTT: ${problem}`));
  }

  override drained(): void {
    this.#bridge.drained();
    super.drained();
  }

  subscribe(filters: readonly TopicFilter[]): Promise<readonly number[]> {
    const wanted = Object.fromEntries(filters.map(({ filter, qos }) => [filter, { qos }]));
    return new Promise((resolve) => {
      this.#client.subscribe(wanted, (_error, _granted, packet) => {
        if (!this.isStopped && packet !== undefined) resolve(packet.granted);
      });
    });
  }

  unsubscribe(filters: readonly string[]): Promise<void> {
    return new Promise((resolve) => {
      this.#client.unsubscribe([...filters], () => {
        if (!this.isStopped) resolve();
      });
    });
  }

  override stop(): void {
    if (this.isStopped) return;
    super.stop();
    this.#client.end(true);
    this.#bridge.stream.destroy();
  }
}
