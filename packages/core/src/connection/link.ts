import {
  ConnectionDroppedError,
  ConnectionFailedError,
  IsoHubError,
  OperationTimeoutError,
  ProtocolError,
} from "../errors.ts";
import type {
  InboundPublish,
  MqttSession,
  MqttSessionEvents,
  OutboundPublish,
  PacketConnection,
  TopicFilter,
} from "../mqtt/engine.ts";
import type { Connection, ConnectionHandlers } from "../runtime/runtime.ts";
import { sliceUntil, type Timer } from "../util/clock.ts";
import { setDeadline } from "../util/deadline.ts";
import { within } from "../util/within.ts";
import { checkKeepAlive } from "./keep-alive.ts";
import type { LinkConfig, LinkTarget, LinkTraffic } from "./link-config.ts";
import { asConnectFailure, connackRefusal } from "./link-errors.ts";

/** What a link tells its owner; after `onFailed` or `onLost` nothing more comes. */
export interface LinkEvents {
  /** CONNACK said yes. `tokenExpiry` in seconds since 1970, when a token was used. */
  onOpen(sessionPresent: boolean, tokenExpiry: number | undefined): void;
  onFailed(error: IsoHubError): void;
  onLost(error: IsoHubError, closedByPeer: boolean): void;
  /** @param acknowledge - undefined at QoS 0 */
  onPublish(message: InboundPublish, acknowledge: (() => void) | undefined): void;
}

const closeTimeoutMs = 2000;
const answerTimeoutMs = 10_000;

/** One connection with its MQTT session and its keep-alive, from the dial on. It listens to both itself. */
export class Link implements ConnectionHandlers, MqttSessionEvents, PacketConnection {
  readonly #config: LinkConfig;
  readonly #events: LinkEvents;
  readonly #traffic: LinkTraffic | undefined;
  /** What is dialled, until CONNACK. */
  #target: LinkTarget | undefined;
  /** Ends the dial, until CONNACK. */
  #abort: AbortController | undefined;
  #connection: Connection | undefined;
  #session: MqttSession | undefined;
  #tokenExpiry: number | undefined;
  #timer: Timer | undefined;
  #timerAt = 0;
  #over = false;
  #full = false;
  #lastInAt = 0;
  #lastOutAt = 0;
  #pingedAt: number | undefined;
  /** Those who wait for SUBACK or UNSUBACK: calling one says that it will not come. */
  #asking: Set<() => void> | undefined;

  constructor(config: LinkConfig, target: LinkTarget, events: LinkEvents, traffic?: LinkTraffic) {
    this.#config = config;
    this.#target = target;
    this.#events = events;
    this.#traffic = traffic;
    this.#abort = new AbortController();
    this.#dial(target, this.#abort.signal).catch((error: unknown) => this.#end(asConnectFailure(error)));
  }

  /** Whether the connection's buffer is full; `onDrain` follows. */
  get isFull(): boolean {
    return this.#full;
  }

  get #isOpen(): boolean {
    return this.#target === undefined && !this.#over;
  }

  get #now(): number {
    return this.#config.runtime.clock.now();
  }

  async #dial({ endpoint, credential, clientId, username }: LinkTarget, signal: AbortSignal): Promise<void> {
    const { runtime, engine, options } = this.#config;
    const { connectTimeoutMs, keepAlive: keepAliveSeconds } = options;
    this.#timer = setDeadline(runtime.clock, connectTimeoutMs, () => {
      const got = this.#connection === undefined ? "no connection" : "a connection but no CONNACK";
      const where = `${endpoint.host}:${endpoint.port}`;
      this.#end(
        new OperationTimeoutError(
          `Connecting to ${where} did not finish within ${connectTimeoutMs} ms: there was ${got}`,
        ),
      );
    });
    // Ours from the moment it is there, so that it ends with the dial whatever else of that fails.
    const kept = runtime.connect(endpoint, this, signal).then((connection) => {
      if (this.#over) connection.abort();
      this.#connection = connection;
    });
    await Promise.all([kept, engine.prepare()]);
    if (this.#over) return;
    // A token is valid from the moment of the CONNECT that carries it, so it is signed late.
    const token = await credential.password(this.#now, signal);
    if (this.#over) return;
    this.#tokenExpiry = token?.expiry;
    const password = token?.password;
    this.#session = engine.start(
      this,
      { clientId, username, password, cleanSession: false, keepAliveSeconds },
      this,
    );
  }

  publish(message: OutboundPublish): void {
    this.#session?.publish(message);
    // An acknowledgement is awaited from now on: look earlier than the keep-alive would.
    if (this.#timerAt > this.#lastOutAt + this.#config.options.pingTimeoutMs) this.#watch();
  }

  /** Rejects when the hub does not answer in time; the link is lost then. */
  subscribe(filters: readonly TopicFilter[]): Promise<readonly number[]> {
    return this.#answered("SUBACK", this.#session?.subscribe(filters));
  }

  unsubscribe(filters: readonly string[]): Promise<void> {
    return this.#answered("UNSUBACK", this.#session?.unsubscribe(filters));
  }

  /** Looks at once whether the connection still lives, as after a sleep. */
  check(): void {
    if (!this.#isOpen) return;
    // Pinged before the sleep, and nobody was there for the answer: it may be waiting to be read right behind this.
    const { pingTimeoutMs } = this.#config.options;
    if (this.#pingedAt !== undefined && this.#now - this.#pingedAt >= pingTimeoutMs)
      this.#pingedAt = undefined;
    if (this.#pingedAt === undefined) this.#ping();
  }

  /** Sends DISCONNECT and closes, or ends a dial; resolves when closed, at the latest after two seconds. */
  async close(): Promise<void> {
    const connection = this.#connection;
    if (!this.#isOpen || connection === undefined) return this.abort();
    this.#session?.disconnect();
    this.#stop();
    await within(this.#config.runtime.clock, closeTimeoutMs, connection.close());
    connection.abort();
  }

  /** Ends the dial or the connection at once, without a word. */
  abort(reason?: IsoHubError): void {
    this.#stop(reason);
    this.#connection?.abort();
  }

  // What the session says by.

  send(bytes: Uint8Array): boolean {
    this.#lastOutAt = this.#now;
    const room = this.#connection?.send(bytes) ?? true;
    if (!room) this.#full = true;
    return room;
  }

  // What the connection tells.

  onData(bytes: Uint8Array): void {
    this.#lastInAt = this.#now;
    this.#pingedAt = undefined;
    this.#session?.receive(bytes);
  }

  onDrain(): void {
    this.#full = false;
    this.#session?.drained();
    if (this.#isOpen) this.#traffic?.pump();
  }

  onClose(cause?: Error): void {
    if (this.#over) return;
    if (this.#target !== undefined) {
      const { host, port } = this.#target.endpoint;
      const what = `${host}:${port} closed the connection before CONNACK`;
      this.#end(new ConnectionFailedError("connect_failed", what, { cause }));
    } else {
      const how = cause === undefined ? "was closed by the hub" : `broke: ${cause.message}`;
      this.#end(dropped(`The connection ${how}`, cause), cause === undefined);
    }
  }

  // What the session tells.

  onOpen(sessionPresent: boolean): void {
    if (this.#over || this.#target === undefined) return;
    this.#target.credential.accepted?.();
    this.#target = undefined;
    this.#abort = undefined;
    this.#lastInAt = this.#now;
    this.#watch();
    this.#events.onOpen(sessionPresent, this.#tokenExpiry);
  }

  onRefused(code: number): void {
    if (this.#target !== undefined) this.#end(connackRefusal(code, this.#target));
  }

  onPublish(message: InboundPublish): void {
    if (!this.#isOpen) return;
    const { packetId } = message;
    this.#events.onPublish(message, packetId === undefined ? undefined : () => this.#acknowledge(packetId));
  }

  onPuback(packetId: number): void {
    if (this.#isOpen) this.#traffic?.acknowledged(packetId);
  }

  onProtocolError(cause: Error): void {
    const what = `The hub broke the MQTT protocol: ${cause.message}`;
    this.#end(cause instanceof IsoHubError ? cause : new ProtocolError("protocol_error", what, { cause }));
  }

  /** A promise of the session, which knows no time: an answer that stays out means that the link is no good. */
  #answered<T>(packet: string, answer: Promise<T> | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#asking ??= new Set();
      const asking = this.#asking;
      const end = (): void => {
        asking.delete(lost);
        watch.cancel();
      };
      const lost = (): void => {
        end();
        reject(dropped(`The connection ended before the ${packet}`));
      };
      const watch = this.#config.runtime.clock.setTimer(() => {
        const error = dropped(`The hub sent no ${packet} within ${answerTimeoutMs} ms`);
        reject(error);
        this.#end(error);
      }, answerTimeoutMs);
      asking.add(lost);
      if (this.#over) lost();
      answer?.finally(end).then(resolve, reject);
    });
  }

  #acknowledge(packetId: number): void {
    if (this.#isOpen) this.#session?.acknowledge(packetId);
  }

  #watch(): void {
    if (!this.#isOpen) return;
    const { runtime, options } = this.#config;
    const { keepAlive, pingTimeoutMs } = options;
    const now = this.#now;
    const verdict = checkKeepAlive(
      {
        lastInAt: this.#lastInAt,
        lastOutAt: this.#lastOutAt,
        pingedAt: this.#pingedAt,
        unackedSince: this.#traffic?.unackedSince,
      },
      { intervalMs: keepAlive * 1000, pingTimeoutMs },
      now,
    );
    if (verdict.type === "dead") {
      const what = `The hub did not answer a ping within ${pingTimeoutMs} ms: the connection is dead`;
      this.#end(new ConnectionDroppedError("keep_alive_timeout", what));
    } else if (verdict.type === "ping") {
      this.#ping();
    } else {
      this.#timer?.cancel();
      this.#timerAt = verdict.until;
      this.#timer = runtime.clock.setTimer(() => this.#watch(), sliceUntil(verdict.until, now), true);
    }
  }

  #ping(): void {
    this.#session?.ping();
    this.#pingedAt ??= this.#now;
    this.#watch();
  }

  #end(error: IsoHubError, closedByPeer = false): void {
    if (this.#over) return;
    const isOpen = this.#isOpen;
    this.abort(error);
    if (isOpen) this.#events.onLost(error, closedByPeer);
    else this.#events.onFailed(error);
  }

  /** @param reason - saves an abort from making an error of its own */
  #stop(reason?: IsoHubError): void {
    this.#over = true;
    this.#timer?.cancel();
    this.#session?.stop();
    this.#abort?.abort(reason);
    for (const lost of this.#asking ?? []) lost();
  }
}

function dropped(what: string, cause?: Error): ConnectionDroppedError {
  return new ConnectionDroppedError("connection_dropped", what, { cause });
}
