import {
  ConnectionDroppedError,
  ConnectionFailedError,
  IsoHubError,
  OperationTimeoutError,
} from "../errors.ts";
import type {
  InboundPublish,
  MqttEngine,
  MqttSession,
  OutboundPublish,
  TopicFilter,
} from "../mqtt/engine.ts";
import type { Connection, Endpoint, Runtime } from "../runtime.ts";
import { setAlarm, type Timer } from "../util/clock.ts";
import { setDeadline } from "../util/deadline.ts";
import type { Credential } from "./credential.ts";
import { checkKeepAlive } from "./keep-alive.ts";
import { asConnectFailure, brokenProtocol, connackRefusal } from "./link-errors.ts";

/** What every dial of a client has in common. */
export interface LinkConfig {
  readonly runtime: Runtime;
  readonly engine: MqttEngine;
  readonly endpoint: Endpoint;
  readonly credential: Credential;
  readonly clientId: string;
  readonly username: string;
  readonly keepAliveSeconds: number;
  readonly pingTimeoutMs: number;
  readonly connectTimeoutMs: number;
  /** What has to be done before a connection is opened, with limits of its own to the time it takes. */
  readonly prepare?: ((signal: AbortSignal) => Promise<void>) | undefined;
}

/** What a link tells its owner; after `onFailed` or `onLost` nothing more comes. */
export interface LinkEvents {
  /** CONNACK said yes. `tokenExpiry` in seconds since 1970, when a token was used. */
  onOpen(sessionPresent: boolean, tokenExpiry: number | undefined): void;
  onFailed(error: IsoHubError): void;
  onLost(error: IsoHubError, closedByPeer: boolean): void;
  onPublish(message: InboundPublish): void;
  onDrain(): void;
  /** Since when the oldest message in flight waits. */
  unackedSince(): number | undefined;
}

const closeTimeoutMs = 2000;

/** One dial and, when it comes through, one connection with its MQTT session and its keep-alive. */
export class Link {
  readonly #config: LinkConfig;
  readonly #events: LinkEvents;
  readonly #abort = new AbortController();
  #connection: Connection | undefined;
  #session: MqttSession | undefined;
  #timer: Timer | undefined;
  #timerAt = 0;
  #phase: "dialling" | "open" | "over" = "dialling";
  #full = false;
  #lastInAt = 0;
  #lastOutAt = 0;
  #pingedAt: number | undefined;

  constructor(config: LinkConfig, events: LinkEvents) {
    this.#config = config;
    this.#events = events;
    this.#dial().catch((error: unknown) => this.#fail(asConnectFailure(error)));
  }

  /** Whether the connection's buffer is full; `onDrain` follows. */
  get isFull(): boolean {
    return this.#full;
  }

  async #dial(): Promise<void> {
    const { runtime, engine, endpoint, credential, prepare } = this.#config;
    if (prepare !== undefined) {
      await prepare(this.#abort.signal);
      if (this.#phaseIs("over")) return;
    }
    this.#timer = setDeadline(runtime.clock, this.#config.connectTimeoutMs, () =>
      this.#fail(this.#tooLate()),
    );
    const secured = runtime.connect(
      endpoint,
      {
        onData: (bytes) => {
          this.#lastInAt = runtime.clock.now();
          this.#pingedAt = undefined;
          this.#session?.receive(bytes);
        },
        onDrain: () => {
          this.#full = false;
          this.#session?.drained();
          if (this.#phase === "open") this.#events.onDrain();
        },
        onClose: (cause) => this.#closed(cause),
      },
      this.#abort.signal,
    );
    // Ours from the moment it is there, so that it ends with the dial whatever else of that fails.
    const kept = secured.then((connection) => {
      if (this.#phaseIs("over")) connection.abort();
      this.#connection = connection;
      return connection;
    });
    const [opened] = await Promise.all([kept, engine.prepare()]);
    if (this.#phaseIs("over")) return;
    // A token is valid from the moment of the CONNECT that carries it, so it is signed late.
    const token = await credential.password(runtime.clock.now(), this.#abort.signal);
    if (this.#phaseIs("over")) return;
    const started = engine.start(
      {
        send: (bytes) => {
          this.#lastOutAt = runtime.clock.now();
          const room = opened.send(bytes);
          if (!room) this.#full = true;
          return room;
        },
        close: () => opened.close(),
        abort: () => opened.abort(),
      },
      {
        clientId: this.#config.clientId,
        username: this.#config.username,
        password: token?.password,
        cleanSession: false,
        keepAliveSeconds: this.#config.keepAliveSeconds,
      },
      {
        onOpen: (sessionPresent) => {
          if (this.#phase !== "dialling") return;
          this.#phase = "open";
          this.#timer?.cancel();
          credential.accepted?.();
          this.#lastInAt = runtime.clock.now();
          this.#watch();
          this.#events.onOpen(sessionPresent, token?.expiry);
        },
        onRefused: (code) => this.#fail(connackRefusal(code, this.#config)),
        onPublish: (message) => {
          if (this.#phase === "open") this.#events.onPublish(message);
        },
        onProtocolError: (error) =>
          this.#end(error instanceof IsoHubError ? error : brokenProtocol(error), false),
      },
    );
    this.#session = started;
  }

  #tooLate(): OperationTimeoutError {
    const { endpoint, connectTimeoutMs } = this.#config;
    const got = this.#connection === undefined ? "no connection" : "a connection but no CONNACK";
    return new OperationTimeoutError(
      `Connecting to ${endpoint.host}:${endpoint.port} did not finish within ${connectTimeoutMs} ms: there was ${got}`,
    );
  }

  publish(message: OutboundPublish, done: () => void): void {
    this.#session?.publish(message, done);
    // An acknowledgement is awaited from now on: look earlier than the keep-alive would.
    if (this.#timerAt > this.#lastOutAt + this.#config.pingTimeoutMs) this.#watch();
  }

  /** Rejects when the hub does not answer in time; the link is lost then. */
  async subscribe(filters: readonly TopicFilter[]): Promise<readonly number[]> {
    return this.#answered("SUBACK", this.#session?.subscribe(filters));
  }

  async unsubscribe(filters: readonly string[]): Promise<void> {
    return this.#answered("UNSUBACK", this.#session?.unsubscribe(filters));
  }

  acknowledge(packetId: number): void {
    if (this.#phase === "open") this.#session?.acknowledge(packetId);
  }

  /** Looks at once whether the connection still lives, as after a sleep. */
  check(): void {
    if (this.#phase !== "open" || this.#pingedAt !== undefined) return;
    this.#ping();
    this.#watch();
  }

  /** Sends DISCONNECT and closes, or ends a dial; resolves when closed, at the latest after two seconds. */
  async close(): Promise<void> {
    const connection = this.#connection;
    if (this.#phase !== "open" || connection === undefined) return this.abort();
    this.#session?.disconnect();
    this.#over();
    let late: Timer | undefined;
    const tooLong = new Promise<void>((resolve) => {
      late = this.#config.runtime.clock.setTimer(resolve, closeTimeoutMs);
    });
    await Promise.race([connection.close(), tooLong]);
    late?.cancel();
    connection.abort();
  }

  /** Ends the dial or the connection at once, without a word. */
  abort(): void {
    this.#over();
    this.#connection?.abort();
  }

  /** A promise of the session, which knows no time: an answer that stays out means that the link is no good. */
  #answered<T>(packet: string, answer: Promise<T> | undefined): Promise<T> {
    const ended = (): ConnectionDroppedError =>
      new ConnectionDroppedError("connection_dropped", `The connection ended before the ${packet}`);
    if (this.#phase === "over") return Promise.reject(ended());
    return new Promise((resolve, reject) => {
      const { clock } = this.#config.runtime;
      const watch = clock.setTimer(() => {
        const error = new ConnectionDroppedError(
          "connection_dropped",
          `The hub sent no ${packet} within ${answerTimeoutMs} ms`,
        );
        reject(error);
        this.#end(error, false);
      }, answerTimeoutMs);
      this.#abort.signal.addEventListener("abort", () => {
        watch.cancel();
        reject(ended());
      });
      answer?.then((value) => {
        watch.cancel();
        resolve(value);
      }, reject);
    });
  }

  #watch(): void {
    if (this.#phase !== "open") return;
    const { runtime, keepAliveSeconds, pingTimeoutMs } = this.#config;
    const verdict = checkKeepAlive(
      {
        lastInAt: this.#lastInAt,
        lastOutAt: this.#lastOutAt,
        pingedAt: this.#pingedAt,
        unackedSince: this.#events.unackedSince(),
      },
      { intervalMs: keepAliveSeconds * 1000, pingTimeoutMs },
      runtime.clock.now(),
    );
    switch (verdict.type) {
      case "dead":
        this.#end(
          new ConnectionDroppedError(
            "keep_alive_timeout",
            `The hub did not answer a ping within ${pingTimeoutMs} ms: the connection is dead`,
          ),
          false,
        );
        return;
      case "ping":
        this.#ping();
        this.#watch();
        return;
      case "wait":
        this.#timer?.cancel();
        this.#timerAt = verdict.until;
        this.#timer = setAlarm(runtime.clock, verdict.until, () => this.#watch());
    }
  }

  #ping(): void {
    this.#session?.ping();
    this.#pingedAt ??= this.#config.runtime.clock.now();
  }

  #closed(cause: Error | undefined): void {
    if (this.#phase === "over") return;
    if (this.#phase === "dialling") {
      this.#fail(
        new ConnectionFailedError(
          "connect_failed",
          `${this.#config.endpoint.host}:${this.#config.endpoint.port} closed the connection before CONNACK`,
          { cause },
        ),
      );
      return;
    }
    const how = cause === undefined ? "was closed by the hub" : `broke: ${cause.message}`;
    this.#end(
      new ConnectionDroppedError("connection_dropped", `The connection ${how}`, { cause }),
      cause === undefined,
    );
  }

  #fail(error: IsoHubError): void {
    if (this.#phase !== "dialling") return;
    this.abort();
    this.#events.onFailed(error);
  }

  #end(error: IsoHubError, closedByPeer: boolean): void {
    if (this.#phase === "dialling") {
      this.#fail(error);
    } else if (this.#phase === "open") {
      this.abort();
      this.#events.onLost(error, closedByPeer);
    }
  }

  #over(): void {
    this.#phase = "over";
    this.#timer?.cancel();
    this.#session?.stop();
    this.#abort.abort();
  }

  /** The phase as it is now: it changes while the compiler is not looking. */
  #phaseIs(phase: "over"): boolean {
    return this.#phase === phase;
  }
}

const answerTimeoutMs = 10_000;
