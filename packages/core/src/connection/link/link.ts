import { ConnectionDroppedError, ConnectionFailedError, IsoHubError, ProtocolError } from "../../errors.ts";
import type {
  InboundPublish,
  MqttSession,
  MqttSessionEvents,
  PacketConnection,
  TopicFilter,
} from "../../mqtt/engine.ts";
import type { Connection, ConnectionHandlers } from "../../runtime/runtime.ts";
import { never, sliceUntil, type Timer } from "../../util/clock.ts";
import { within } from "../../util/within.ts";
import { ConnectDeadlines } from "./connect-deadlines.ts";
import {
  initialKeepAliveState,
  type KeepAliveEvent,
  type KeepAliveState,
  reduceKeepAlive,
  suspectMs,
} from "./keep-alive-state.ts";
import type { LinkConfig, LinkEvents, LinkTarget, LinkTraffic } from "./link-config.ts";
import { asConnectFailure, connackRefusal, dropped, notConnack, unacknowledged } from "./link-errors.ts";
import { PendingAnswers } from "./pending-answers.ts";

const closeTimeoutMs = 2000;

/** One connection with its MQTT session and its keep-alive, from connecting to its end. It handles the events of both. */
export class Link implements ConnectionHandlers, MqttSessionEvents, PacketConnection {
  /** The time when bytes were last received. */
  lastInAt = 0;
  /** Whether the connection's buffer is full; `onDrain` follows. */
  isFull = false;
  readonly #config: LinkConfig;
  readonly #events: LinkEvents;
  readonly #traffic: LinkTraffic | undefined;
  /** The server, until CONNACK. */
  #target: LinkTarget | undefined;
  /** The first bytes of the server, until CONNACK. */
  #first: Uint8Array | undefined;
  /** The time limits of connecting, until CONNACK. */
  #deadlines: ConnectDeadlines | undefined;
  /** Aborts connecting, until CONNACK. */
  #abort: AbortController | undefined;
  #connection: Connection | undefined;
  #session: MqttSession | undefined;
  #tokenExpiry: number | undefined;
  #timer: Timer | undefined;
  #timerAt = 0;
  #over = false;
  #lastOutAt = 0; // Other packets don't count: they are rare, and a ping too many does no harm.
  #keepAlive: KeepAliveState = initialKeepAliveState;
  /** Undefined until the first SUBSCRIBE or UNSUBSCRIBE. */
  #answers: PendingAnswers | undefined;

  constructor(config: LinkConfig, target: LinkTarget, events: LinkEvents, traffic?: LinkTraffic) {
    this.#config = config;
    this.#target = target;
    this.#events = events;
    this.#traffic = traffic;
    this.#abort = new AbortController();
    this.#connect(target, this.#abort.signal).catch((error: unknown) => this.#end(asConnectFailure(error)));
  }

  get #isOpen(): boolean {
    return this.#target === undefined && !this.#over;
  }

  get #now(): number {
    return this.#config.runtime.clock.now();
  }

  async #connect(
    { endpoint, credential, clientId, username, stepTimeoutMs = never }: LinkTarget,
    signal: AbortSignal,
  ): Promise<void> {
    const { runtime, engine, options } = this.#config;
    const { connectTimeoutMs, keepAlive: keepAliveSeconds } = options;
    this.#deadlines = new ConnectDeadlines(
      runtime.clock,
      `${endpoint.host}:${endpoint.port}`,
      connectTimeoutMs,
      stepTimeoutMs,
      (error) => this.#end(error),
    );
    // Kept as soon as it exists, so that it ends with the link even if code cannot be loaded.
    const kept = runtime.connect(endpoint, this, signal).then((connection) => {
      if (this.#over) connection.abort();
      this.#connection = connection;
      this.#deadlines?.connected();
    });
    await Promise.all([kept, engine.prepare(), this.#events.prepare?.()]);
    if (this.#over) return;
    // Signed as late as possible: the server compares the time in the token when CONNECT arrives.
    const token = await credential.password(this.#now, signal);
    if (this.#over) return;
    this.#tokenExpiry = token?.expiry;
    this.#lastOutAt = this.#now;
    this.#session = engine.start(
      this,
      { clientId, username, password: token?.password, cleanSession: false, keepAliveSeconds },
      this,
    );
    if (!this.#over) this.#deadlines?.step("a connection but no CONNACK");
  }

  // Reading the clock is a noticeable part of sending a message.
  publish(packet: Uint8Array, now: number = this.#now): void {
    this.#lastOutAt = now;
    this.#session?.publish(packet);
    // At QoS 1, the acknowledgement is due before the next ping. Later messages don't start another check.
    const { pingTimeoutMs, overtakenTimeoutMs } = this.#config.options;
    const dueMs = Math.min(suspectMs(pingTimeoutMs, packet.length), overtakenTimeoutMs);
    if (((packet[0] ?? 0) & 2) > 0 && this.#timerAt > now + dueMs) this.#checkKeepAlive();
  }

  /** Rejects if the server doesn't respond in time; the link is lost then. */
  subscribe(filters: readonly TopicFilter[]): Promise<readonly number[]> {
    return this.#answer("SUBACK", this.#session?.subscribe(filters));
  }

  unsubscribe(filters: readonly string[]): Promise<void> {
    return this.#answer("UNSUBACK", this.#session?.unsubscribe(filters));
  }

  /** Checks immediately whether the connection is alive, for example after the machine slept. */
  check(): void {
    this.#checkKeepAlive("suspect");
  }

  /** Sends DISCONNECT and closes, or aborts connecting; resolves when closed, after two seconds at the latest. */
  async close(): Promise<void> {
    const connection = this.#connection;
    if (!this.#isOpen || connection === undefined) return this.abort();
    this.#session?.disconnect();
    this.#stop();
    await within(this.#config.runtime.clock, closeTimeoutMs, connection.close());
    connection.abort();
  }

  /** Drops the connection without DISCONNECT, or aborts connecting. */
  abort(reason?: IsoHubError): void {
    this.#stop(reason);
    this.#connection?.abort();
  }

  // Called by the session.

  send(bytes: Uint8Array): boolean {
    const room = this.#connection?.send(bytes) ?? true;
    if (!room) this.isFull = true;
    return room;
  }

  // Called by the connection.

  onStep(step: string, remediation?: string): void {
    if (!this.#over) this.#deadlines?.step(`no ${step}`, remediation);
  }

  onData(bytes: Uint8Array): void {
    this.lastInAt = this.#now;
    if (this.#keepAlive !== initialKeepAliveState) {
      this.#keepAlive = initialKeepAliveState;
      // What the ping was sent for may be decided now, once these bytes have been read.
      this.#checkAt(this.lastInAt);
    }
    if (this.#target !== undefined) this.#first ??= new Uint8Array(bytes);
    this.#session?.receive(bytes);
  }

  onDrain(): void {
    this.isFull = false;
    this.#session?.drained();
    if (this.#isOpen) this.#traffic?.pump();
  }

  onClose(cause?: Error): void {
    if (this.#over) return;
    if (this.#target !== undefined) {
      const { host, port } = this.#target.endpoint;
      const message = `${host}:${port} closed the connection before CONNACK`;
      this.#end(new ConnectionFailedError("connect_failed", message, { cause }));
    } else {
      const how = cause === undefined ? "was closed by the hub" : `broke: ${cause.message}`;
      this.#end(dropped(`The connection ${how}`, cause), cause === undefined);
    }
  }

  onOpen(sessionPresent: boolean): void {
    if (this.#over || this.#target === undefined) return;
    this.#target.credential.accepted?.();
    this.#target = undefined;
    this.#first = undefined;
    this.#abort = undefined;
    this.#deadlines?.end();
    this.#deadlines = undefined;
    this.lastInAt = this.#now;
    this.#checkKeepAlive();
    this.#events.onOpen(sessionPresent, this.#tokenExpiry);
  }

  onRefused(code: number): void {
    const { username } = this.#target ?? {};
    const explanation = this.#connection?.explainRefusal?.(code, this.#tokenExpiry, username);
    if (this.#target !== undefined) this.#end(connackRefusal(code, this.#target, explanation));
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
    const message = `The hub broke the MQTT protocol: ${cause.message}`;
    this.#end(
      this.#target !== undefined && this.#first !== undefined
        ? notConnack(this.#first, this.#target.endpoint, cause)
        : cause instanceof IsoHubError
          ? cause
          : new ProtocolError("protocol_error", message, { cause }),
    );
  }

  #answer<T>(packet: string, response: Promise<T> | undefined): Promise<T> {
    this.#answers ??= new PendingAnswers(this.#config.runtime.clock, (error) => this.#end(error));
    if (this.#over) this.#answers.end();
    return this.#answers.wait(packet, response);
  }

  #acknowledge(packetId: number): void {
    if (this.#isOpen) this.#session?.acknowledge(packetId);
  }

  #checkKeepAlive(type: KeepAliveEvent["type"] = "check"): void {
    const { keepAlive, pingTimeoutMs, acknowledgementTimeoutMs, overtakenTimeoutMs } = this.#config.options;
    const now = this.#now;
    if (this.lastInAt > now) {
      // The clock was set back.
      this.lastInAt = now;
      this.#keepAlive = initialKeepAliveState;
    }
    const { unackedSince, unackedBytes, overtakenSince }: Partial<LinkTraffic> = this.#traffic ?? {};
    const times = { lastInAt: this.lastInAt, lastOutAt: this.#lastOutAt, unackedSince, overtakenSince };
    const { state, effects } = reduceKeepAlive(this.#keepAlive, { type, ...times, unackedBytes }, now, {
      intervalMs: keepAlive * 1000,
      pingTimeoutMs,
      acknowledgementTimeoutMs,
      overtakenTimeoutMs,
    });
    this.#keepAlive = state;
    for (const effect of effects) {
      if (!this.#isOpen) return;
      if (effect.type === "ping") {
        this.#lastOutAt = now;
        this.#session?.ping();
      } else if (effect.type === "wait") {
        this.#checkAt(effect.until);
      } else if (effect.type === "dead") {
        const message = `The hub did not respond to a ping within ${pingTimeoutMs} ms`;
        this.#end(new ConnectionDroppedError("keep_alive_timeout", message));
      } else {
        const isOvertaken = overtakenSince !== undefined;
        this.#end(unacknowledged(isOvertaken ? overtakenTimeoutMs : acknowledgementTimeoutMs, isOvertaken));
      }
    }
  }

  #checkAt(time: number): void {
    const { clock } = this.#config.runtime;
    this.#timer?.cancel();
    this.#timerAt = time;
    this.#timer = clock.setTimer(() => this.#checkKeepAlive(), sliceUntil(time, this.#now), true);
  }

  #end(error: IsoHubError, closedByPeer = false): void {
    if (this.#over) return;
    const isOpen = this.#isOpen;
    this.abort(error);
    if (isOpen) this.#events.onLost(error, closedByPeer);
    else this.#events.onFailed(error);
  }

  /** @param reason - passed to the abort signal, which otherwise creates an error */
  #stop(reason?: IsoHubError): void {
    this.#over = true;
    this.#timer?.cancel();
    this.#deadlines?.end();
    this.#session?.stop();
    this.#abort?.abort(reason);
    this.#answers?.end();
  }
}
