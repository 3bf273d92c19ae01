import { certificateCredential } from "../connection/credential.ts";
import { Link } from "../connection/link.ts";
import type {
  InboundPublish,
  MqttConnectOptions,
  MqttEngine,
  MqttSession,
  MqttSessionEvents,
  OutboundPublish,
  TopicFilter,
} from "../mqtt/engine.ts";
import type { Connection, ConnectionHandlers } from "../runtime.ts";
import { type Deferred, deferred } from "../util/deferred.ts";
import { MemoryRuntime } from "./memory-runtime.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** An MQTT session that does nothing by itself: it notes what it is asked for, and a test answers. */
export class ScriptedSession implements MqttSession {
  readonly options: MqttConnectOptions;
  readonly events: MqttSessionEvents;
  readonly published: OutboundPublish[] = [];
  readonly subscribed: {
    readonly filters: readonly TopicFilter[];
    readonly answer: Deferred<readonly number[]>;
  }[] = [];
  readonly unsubscribed: { readonly filters: readonly string[]; readonly answer: Deferred<void> }[] = [];
  readonly acknowledged: number[] = [];
  pings = 0;
  disconnected = false;
  stopped = false;
  readonly #connection: Connection;
  readonly #done = new Map<number, () => void>();

  constructor(connection: Connection, options: MqttConnectOptions, events: MqttSessionEvents) {
    this.#connection = connection;
    this.options = options;
    this.events = events;
  }

  /** The packet ids of what was published, in its order. */
  get ids(): number[] {
    return this.published.map(({ packetId }) => packetId);
  }

  /** The hub acknowledges these messages. */
  ack(...packetIds: number[]): void {
    for (const packetId of packetIds) {
      const done = this.#done.get(packetId);
      this.#done.delete(packetId);
      if (!this.stopped) done?.();
    }
  }

  publish(message: OutboundPublish, done: () => void): void {
    this.published.push(message);
    if (message.qos === 1) this.#done.set(message.packetId, done);
    this.#connection.send(message.payload);
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

/** A link that is open, and the two ends that a test holds it by. */
export interface OpenLink {
  readonly link: Link;
  readonly session: ScriptedSession;
  readonly clock: VirtualClock;
  /** The connection's handlers, to play the hub with. */
  readonly wire: ConnectionHandlers;
  /** What the link told its owner. */
  readonly told: {
    readonly lost: { readonly error: Error; readonly closedByPeer: boolean }[];
    readonly published: InboundPublish[];
    drains: number;
  };
  /** The connection's buffer is full, or has room: what `send` says. */
  room: boolean;
  /** Since when the oldest message waits, as the owner would say. */
  unackedSince: number | undefined;
}

/** Opens a link over a connection that goes nowhere, with a {@link ScriptedSession} on it. */
export async function openLink(
  options: { keepAliveSeconds?: number; pingTimeoutMs?: number } = {},
): Promise<OpenLink> {
  const runtime = new MemoryRuntime();
  let wire: ConnectionHandlers | undefined;
  let session: ScriptedSession | undefined;
  const engine: MqttEngine = {
    name: "scripted",
    prepare: async () => {},
    start: (connection, connectOptions, events) => {
      session = new ScriptedSession(connection, connectOptions, events);
      return session;
    },
  };
  const opened = deferred<void>();
  const state = { room: true, unackedSince: undefined as number | undefined };
  const told: OpenLink["told"] = { lost: [], published: [], drains: 0 };
  const link = new Link(
    {
      runtime: {
        name: runtime.name,
        version: runtime.version,
        features: runtime.features,
        clock: runtime.clock,
        crypto: runtime.crypto,
        fetch: () => runtime.fetch(),
        connect: async (_endpoint, handlers) => {
          wire = handlers;
          return { send: () => state.room, close: async () => {}, abort: () => {} };
        },
      },
      engine,
      endpoint: {
        transport: "tcp",
        host: "hub.example",
        port: 8883,
        path: "/",
        serverVerificationCert: undefined,
        cipher: undefined,
        clientCertificate: undefined,
        proxy: undefined,
      },
      credential: certificateCredential,
      clientId: "d1",
      username: "hub.example/d1/?api-version=2021-04-12",
      keepAliveSeconds: options.keepAliveSeconds ?? 60,
      pingTimeoutMs: options.pingTimeoutMs ?? 10_000,
      connectTimeoutMs: 60_000,
    },
    {
      onOpen: () => opened.resolve(),
      onFailed: (error) => opened.reject(error),
      onLost: (error, closedByPeer) => told.lost.push({ error, closedByPeer }),
      onPublish: (message) => told.published.push(message),
      onDrain: () => told.drains++,
      unackedSince: () => state.unackedSince,
    },
  );
  // The dial goes through promises; the session starts at their end.
  for (let turn = 0; session === undefined && turn < 50; turn++) await Promise.resolve();
  if (session === undefined || wire === undefined) throw new Error("the link did not come to its session");
  session.events.onOpen(false);
  await opened.promise;
  return Object.assign(state, { link, session, clock: runtime.clock, wire, told });
}
