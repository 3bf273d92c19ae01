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
import { PacketWriter } from "./packet-writer.ts";

/**
 * MQTT.js behind {@link MqttEngine}: a fresh MQTT.js client for each connection, used for its protocol alone. Its
 * reconnection, store, resending, timers and acknowledgements stay off; they are the supervisor's, the outbox's and
 * the keep-alive's.
 *
 * @param load - brings MQTT.js and a Duplex stream; called before the first connection, not at import
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

/** MQTT.js asks this for a packet id; publishes bring their own, everything else counts in the upper half. */
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

// Messages in flight are kept by the outbox; a second copy here would only cost memory and be sent again by MQTT.js.
const emptyStore = {
  put: (_packet: unknown, done?: () => void): void => done?.(),
  del: (_packet: unknown, done?: (error: null) => void): void => done?.(null),
  get: (_packet: unknown, done?: (error: Error) => void): void => done?.(new Error("nothing is stored")),
  close: (done?: () => void): void => done?.(),
  createStream: () => ({
    on(event: string, run: () => void) {
      // At once: what has come in right behind CONNACK must be told after it.
      if (event === "end") run();
    },
    once: none,
    read: () => null,
    destroy: none,
  }),
};

// MQTT.js pings with this; keep-alive is ours, see connection/keep-alive.ts.
const noTimer = { set: (): number => 0, clear: none };

const skipAcknowledgement = new Error("acknowledged by its receiver");

/**
 * Messages and what is a few bytes go past MQTT.js, which copies each message for a store that is not used here and writes it
 * in six pieces: a third of all that a message costs. See docs/adr/0002. It has no call for a later PUBACK either. These
 * packets go between whole ones of MQTT.js: the bridge forwards only those.
 */
class MqttJsSession extends PacketWriter implements MqttSession {
  readonly #client: MqttJsClient;
  readonly #bridge: ByteStreamBridge;

  constructor(
    modules: MqttJsModules,
    connection: PacketConnection,
    options: MqttConnectOptions,
    events: MqttSessionEvents,
  ) {
    super(connection);
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
      // The caller gives up sooner; MQTT.js must not.
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
    // An error here makes MQTT.js go on to the next packet without a PUBACK: that is sent by acknowledge().
    client.handleMessage = (_packet, done) => done(skipAcknowledgement);
    client.connect();
  }

  receive(bytes: Uint8Array): void {
    if (!this.isStopped) this.#bridge.stream.push(bytes);
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
