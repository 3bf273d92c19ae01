import { type CryptoProvider, webCrypto } from "../auth/crypto.ts";
import { certificateCredential } from "../connection/attempt/credential.ts";
import { Link } from "../connection/link/link.ts";
import type { LinkConfig, LinkOptions, LinkTarget, LinkTraffic } from "../connection/link/link-config.ts";
import type { IsoHubError } from "../errors.ts";
import type {
  InboundPublish,
  MqttConnectOptions,
  MqttEngine,
  MqttSession,
  MqttSessionEvents,
  OutboundPublish,
  PacketConnection,
  TopicFilter,
} from "../mqtt/engine.ts";
import type { Connection, ConnectionHandlers, Endpoint, Feature, Runtime } from "../runtime/runtime.ts";
import { endpointOf } from "../setup/endpoint.ts";
import { resolveOptions } from "../setup/resolve-options.ts";
import { type Deferred, deferred } from "../util/deferred.ts";
import { PacketReader } from "./mqtt-packets.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** An MQTT session that does nothing by itself: it records requests, and a test answers them. */
export class ScriptedSession implements MqttSession {
  readonly options: MqttConnectOptions;
  readonly events: MqttSessionEvents;
  readonly published: Required<OutboundPublish>[] = [];
  readonly subscribed: {
    readonly filters: readonly TopicFilter[];
    readonly answer: Deferred<readonly number[]>;
  }[] = [];
  readonly unsubscribed: { readonly filters: readonly string[]; readonly answer: Deferred<void> }[] = [];
  readonly acknowledged: number[] = [];
  pings = 0;
  disconnected = false;
  stopped = false;
  readonly #connection: PacketConnection;
  readonly #inFlight = new Set<number>();

  constructor(connection: PacketConnection, options: MqttConnectOptions, events: MqttSessionEvents) {
    this.#connection = connection;
    this.options = options;
    this.events = events;
    // Stands for CONNECT.
    connection.send(Uint8Array.of(0x10, 0));
  }

  /** The packet ids of published messages, in order. */
  get ids(): number[] {
    return this.published.map(({ packetId }) => packetId);
  }

  /** Acknowledges these messages as the hub. */
  ack(...packetIds: number[]): void {
    for (const packetId of packetIds) {
      const isInFlight = this.#inFlight.delete(packetId);
      if (isInFlight && !this.stopped) this.events.onPuback(packetId);
    }
  }

  publish(packet: Uint8Array): void {
    // A copy, because it is changed when it is sent again.
    for (const read of new PacketReader().push(new Uint8Array(packet))) {
      if (read.type !== "publish") throw new Error(`expected a PUBLISH, got ${read.type}`);
      const { topic, payload, qos, dup, packetId } = read;
      this.published.push({ topic, payload, qos: qos === 0 ? 0 : 1, dup, packetId });
      if (qos === 1) this.#inFlight.add(packetId);
    }
    this.#connection.send(packet);
  }

  subscribe(filters: readonly TopicFilter[]): Promise<readonly number[]> {
    const answer = deferred<readonly number[]>();
    this.subscribed.push({ filters, answer });
    return answer.promise;
  }

  unsubscribe(filters: readonly string[]): Promise<void> {
    const answer = deferred<void>();
    this.unsubscribed.push({ filters, answer });
    return answer.promise;
  }

  acknowledge(packetId: number): void {
    this.acknowledged.push(packetId);
  }

  ping(): void {
    this.pings++;
    this.#connection.send(Uint8Array.of(0xc0, 0));
  }

  disconnect(): void {
    this.disconnected = true;
  }

  receive(): void {}
  drained(): void {}

  stop(): void {
    this.stopped = true;
  }
}

/** An engine whose sessions are {@link ScriptedSession}s. */
export class ScriptedEngine implements MqttEngine {
  readonly name = "scripted";
  readonly sessions: ScriptedSession[] = [];
  /** The outcome of loading the engine. */
  prepared: Promise<void> = Promise.resolve();

  prepare(): Promise<void> {
    return this.prepared;
  }

  start(connection: PacketConnection, options: MqttConnectOptions, events: MqttSessionEvents): MqttSession {
    const session = new ScriptedSession(connection, options, events);
    this.sessions.push(session);
    return session;
  }
}

/** A runtime with one connection; a test acts as its peer. */
export class ScriptedRuntime implements Runtime {
  readonly name = "scripted";
  readonly version = "0.0.0";
  readonly features: ReadonlySet<Feature> = new Set(["tcp"]);
  readonly clock: VirtualClock = new VirtualClock();
  readonly crypto: CryptoProvider = webCrypto;
  /** The outcome of a connection attempt. Default: it opens. */
  dial: (signal: AbortSignal) => Promise<void> = async () => {};
  /** The result of `send`. */
  room = true;
  /** The outcome of `close`. */
  closing: Promise<void> = Promise.resolve();
  /** The client's handlers for data, free buffer space and the end. */
  wire: ConnectionHandlers | undefined;
  /** The client's calls on the connection. */
  readonly done: ("closed" | "aborted")[] = [];

  async connect(_endpoint: Endpoint, handlers: ConnectionHandlers, signal: AbortSignal): Promise<Connection> {
    await this.dial(signal);
    this.wire = handlers;
    return {
      send: () => this.room,
      close: () => {
        this.done.push("closed");
        return this.closing;
      },
      abort: () => {
        this.done.push("aborted");
      },
    };
  }

  fetch(): Promise<never> {
    return Promise.reject(new Error("there is no HTTP"));
  }
}

/** Settings of a scripted link that differ from the defaults. */
export type ScriptedConfig = Partial<Omit<LinkConfig, "options"> & LinkOptions & LinkTarget>;

/** A link, its session and its connection under a test's control. */
export class ScriptedLink implements LinkTraffic {
  readonly runtime: ScriptedRuntime = new ScriptedRuntime();
  readonly engine: ScriptedEngine = new ScriptedEngine();
  /** The link's events, in order. */
  readonly opened: { readonly sessionPresent: boolean; readonly tokenExpiry: number | undefined }[] = [];
  readonly failed: IsoHubError[] = [];
  readonly lost: { readonly error: IsoHubError; readonly closedByPeer: boolean }[] = [];
  readonly received: InboundPublish[] = [];
  /** Acknowledges the latest message received, unless its QoS is 0. */
  acknowledge: (() => void) | undefined;
  drains = 0;
  /** The owner's messages in flight. */
  unackedSince: number | undefined;
  unackedBytes = 0;
  overtakenSince: number | undefined;
  /** Receives the link's PUBACKs. */
  acknowledged: (packetId: number) => void = () => {};
  readonly #config: ScriptedConfig;
  #link: Link | undefined;

  constructor(config: ScriptedConfig = {}) {
    this.#config = config;
  }

  /** The link; the first access opens it. */
  get link(): Link {
    this.#link ??= new Link(
      {
        runtime: this.runtime,
        engine: this.engine,
        options: {
          keepAlive: 60,
          pingTimeoutMs: 10_000,
          connectTimeoutMs: 60_000,
          acknowledgementTimeoutMs: 30_000,
          overtakenTimeoutMs: 10_000,
          ...this.#config,
        },
        ...this.#config,
      },
      {
        endpoint: endpointOf("hub.example", resolveOptions({}, this.runtime), undefined),
        credential: certificateCredential,
        clientId: "d1",
        username: "hub.example/d1/?api-version=2021-04-12",
        ...this.#config,
      },
      {
        onOpen: (sessionPresent, tokenExpiry) => this.opened.push({ sessionPresent, tokenExpiry }),
        onFailed: (error) => this.failed.push(error),
        onLost: (error, closedByPeer) => this.lost.push({ error, closedByPeer }),
        onPublish: (message, acknowledge) => {
          this.received.push(message);
          this.acknowledge = acknowledge;
        },
      },
      this,
    );
    return this.#link;
  }

  pump(): void {
    this.drains++;
  }

  /** The session of the link. */
  get session(): ScriptedSession {
    const session = this.engine.sessions[0];
    if (session === undefined) throw new Error("the session has not started");
    return session;
  }

  get clock(): VirtualClock {
    return this.runtime.clock;
  }

  /** The client's end of the connection. */
  get wire(): ConnectionHandlers {
    const { wire } = this.runtime;
    if (wire === undefined) throw new Error("there is no connection");
    return wire;
  }

  /** Connects until the session has started. */
  async dial(): Promise<this> {
    void this.link;
    await this.clock.advance(0);
    return this;
  }

  /** Connects, and accepts the session. */
  async open(): Promise<this> {
    await this.dial();
    this.session.events.onOpen(false);
    return this;
  }
}

/** Creates an open link. */
export function openLink(config: ScriptedConfig = {}): Promise<ScriptedLink> {
  return new ScriptedLink(config).open();
}
