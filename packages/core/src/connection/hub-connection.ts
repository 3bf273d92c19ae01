import { ConnectionDroppedError, type IsoHubError, NoConnectionError } from "../errors.ts";
import type { InboundPublish } from "../mqtt/engine.ts";
import type { EnvironmentChange } from "../runtime/runtime.ts";
import { type Clock, setTimer, type Timer } from "../util/clock.ts";
import type { OperationOptions } from "../util/deadline.ts";
import { within } from "../util/within.ts";
import { type ClientState, toClientState } from "./client-state.ts";
import type { SubscriptionName } from "./dialect.ts";
import { type DialEvents, Dialer } from "./dialer.ts";
import type { HubConnectionConfig, HubConnectionEvents } from "./hub-connection-config.ts";
import type { HubTarget } from "./hub-locator.ts";
import type { OutboundKind } from "./in-flight-entry.ts";
import { InFlightWindow } from "./in-flight-window.ts";
import type { Link } from "./link.ts";
import { cancelled } from "./link-errors.ts";
import { Subscriptions } from "./subscriptions.ts";
import {
  initialSupervisorState,
  reduceSupervisor,
  type SupervisorEffect,
  type SupervisorEvent,
  type SupervisorState,
} from "./supervisor-state.ts";
import { TokenRenewer } from "./token-renewer.ts";
import { Waiters } from "./waiters.ts";

/** So many messages are with the hub at once, unacknowledged; more would not be faster. */
const maxInFlight = 1000;

/** How long a renewal waits for messages in flight before it takes the connection down, in milliseconds. */
const drainTimeoutMs = 5000;

/** The shell around the supervisor: carries its effects out over links, timers and everybody who waits. */
export class HubConnection implements DialEvents {
  readonly #config: HubConnectionConfig;
  readonly #clock: Clock;
  readonly #events: HubConnectionEvents;
  readonly #window: InFlightWindow;
  readonly #subscriptions: Subscriptions;
  readonly #token: TokenRenewer;
  readonly #dialer: Dialer;
  /** connect() calls: they learn of the first failure. */
  readonly #connectCalls = new Waiters<void>();
  /** Operations that need a connection: they wait for as long as one may still come. */
  readonly #operations = new Waiters<Link>();
  readonly #idle = new Waiters<void>();
  #state: SupervisorState;
  /** The link once it is subscribed and in use. */
  #ready: Link | undefined;
  /** The hub that accepted us last. */
  #accepted: HubTarget | undefined;
  #retryTimer: Timer | undefined;
  /** Ends the wait for what is in flight before its time. */
  #hurry: (() => void) | undefined;
  #shutDown = false;

  constructor(config: HubConnectionConfig, events: HubConnectionEvents) {
    this.#config = config;
    this.#events = events;
    this.#clock = config.runtime.clock;
    this.#state = { ...initialSupervisorState, since: this.#clock.now() };
    this.#window = new InFlightWindow(this.#clock, maxInFlight);
    this.#subscriptions = new Subscriptions(config.dialect);
    this.#dialer = new Dialer(config, events, this, this.#window);
    this.#token = new TokenRenewer(config, events, this);
  }

  get state(): ClientState {
    return toClientState(this.#state);
  }

  get connected(): boolean {
    return this.#state.phase === "connected";
  }

  /** Connects; rejects when this try fails, even where further tries follow by themselves. */
  connect(): Promise<void> {
    return this.connected ? Promise.resolve() : this.#connectBy("connect");
  }

  /** Reconnects with a fresh token and resolves when that is done; without a connection there is nothing to do. */
  renew(): Promise<void> {
    return this.connected ? this.#connectBy("renew") : Promise.resolve();
  }

  #connectBy(type: "connect" | "renew"): Promise<void> {
    const connected = this.#connectCalls.wait();
    this.#handle({ type });
    return connected;
  }

  /** Disconnects in order; resolves when there is no connection any more. */
  async disconnect(reason: IsoHubError): Promise<void> {
    this.#handle({ type: "disconnect", reason });
    if (this.#state.phase !== "disconnected") await this.#idle.wait();
  }

  /** Disconnects for good: nothing connects again. */
  shutdown(reason: IsoHubError): Promise<void> {
    this.#shutDown = true;
    return this.disconnect(reason);
  }

  /** Sends a QoS 1 message; resolves with its acknowledgement. Waits for a connection, over drops too. */
  publish(
    kind: OutboundKind,
    what: string,
    topic: string,
    payload: Uint8Array | string,
    options: OperationOptions,
  ): Promise<void> {
    const refusal = this.#ready === undefined ? this.#wake(what) : undefined;
    if (refusal !== undefined) return Promise.reject(refusal);
    return this.#window.add(kind, what, topic, payload, options, this.#config.options.operationTimeoutMs);
  }

  /** The link to the hub, as soon as there is one, with these subscriptions confirmed. */
  async link(what: string, signal: AbortSignal, ...names: SubscriptionName[]): Promise<Link> {
    for (;;) {
      let link = this.#ready;
      if (link === undefined) {
        const refusal = this.#wake(what);
        if (refusal !== undefined) throw refusal;
        link = await this.#operations.wait(signal);
      }
      try {
        await this.#subscriptions.want(...names);
      } catch (error) {
        // Lost on the way: nothing has been asked of the hub yet, so the next connection will do.
        if (!(error instanceof ConnectionDroppedError)) throw error;
      }
      if (link === this.#ready) return link;
      signal.throwIfAborted();
      if (this.#state.desired === "disconnected") throw this.#state.reason ?? cancelled();
    }
  }

  /** The link to the hub if it is there now, with these subscriptions confirmed. */
  readyLink(...names: SubscriptionName[]): Link | undefined {
    return this.#subscriptions.has(names) ? this.#ready : undefined;
  }

  /** Subscribes as soon as there is a connection, which this asks for; failures go to the background channel. */
  subscribe(name: SubscriptionName): void {
    this.#background(this.#subscriptions.want(name));
    // Handlers set in one go belong to one connection attempt, and so does a connect() on the next line.
    queueMicrotask(() => this.#wake("Subscribing"));
  }

  unsubscribe(name: SubscriptionName): void {
    this.#background(this.#subscriptions.drop(name));
  }

  /** Asks for a connection if nobody has. @returns why there will be none */
  #wake(what: string): IsoHubError | undefined {
    if (this.#shutDown) return cancelled();
    if (this.#state.desired === "connected") return undefined;
    const off = "needs a connection: the client is not connected and autoConnect is off";
    if (!this.#config.options.autoConnect) return new NoConnectionError(`${what} ${off}`);
    this.#handle({ type: "connect" });
    return undefined;
  }

  #handle(event: SupervisorEvent): void {
    const before = this.#state;
    const { state, effects } = reduceSupervisor(before, event, this.#clock.now(), this.#config.options);
    this.#state = state;
    if (state.phase === "disconnected") this.#dialer.release();
    for (const effect of effects) this.#carryOut(effect);
    if (state.phase === before.phase || this.#state !== state) return;
    this.#events.onStateChange(this.state);
    if (state.phase === "disconnected") this.#idle.resolve();
  }

  #carryOut(effect: SupervisorEffect): unknown {
    switch (effect.type) {
      case "attempt":
        return this.#dialer.dial();
      case "close":
        return this.#background(this.#close(effect.attempt, effect.drain));
      case "wait":
        // Not an idle timer: a device that only listens must not end because its hub was away for a moment.
        this.#retryTimer = setTimer(this.#clock, effect.ms, () => this.#handle({ type: "retry" }), false);
        return;
      case "stopWaiting":
        return this.#retryTimer?.cancel();
      case "connected":
        return this.#connectCalls.resolve();
      case "connectFailed":
        return this.#connectCalls.reject(effect.error);
      case "giveUp":
        this.#token.stop();
        this.#window.failAll(effect.error);
        this.#hurry?.();
        this.#connectCalls.reject(effect.error);
        return this.#operations.reject(effect.error);
      case "report":
        return this.#events.onBackgroundError(effect.error);
      case "disconnected":
        this.#ready = undefined;
        this.#subscriptions.detach();
        this.#window.detach();
        return this.#events.onDisconnected(this.#state.reason ?? cancelled());
    }
  }

  // What the token keeper, the dialer and its link tell.

  onTokenDue(): void {
    this.#handle({ type: "renew" });
  }

  onOpen(sessionPresent: boolean, tokenExpiry: number | undefined): void {
    const { link, target } = this.#dialer;
    if (link === undefined || target === undefined) return;
    const before = this.#accepted;
    const isKnown = before === target;
    this.#accepted = target;
    this.#dialer.opened();
    if (tokenExpiry !== undefined) this.#token.issued(tokenExpiry, target.credential);
    if (!isKnown) this.#window.topicPrefix = this.#config.dialect.topicPrefix(target.identity);
    if (!isKnown && before !== undefined) {
      this.#window.startOver();
      this.#events.onMoved();
    }
    // What another hub has confirmed is not worth anything here. A refused subscription leaves the rest in working order.
    this.#background(this.#subscriptions.attach(link, target.identity, sessionPresent && isKnown)).then(
      () => {
        if (this.#dialer.link !== link || this.#state.phase !== "connecting") return;
        this.#ready = link;
        this.#handle({ type: "opened", attempt: this.#state.attempt });
        // A handler of that change may have disconnected again.
        if (this.#ready !== link) return;
        this.#window.attach(link);
        this.#operations.resolve(link);
        this.#events.onConnected();
      },
    );
  }

  onFailed(error: IsoHubError): void {
    if (!this.#dialer.goesOn(error)) this.onNoHub(error);
  }

  onNoHub(error: IsoHubError): void {
    // Nobody's call fails with a connection that only a handler asked for.
    const waiting = this.#window.size + this.#operations.size + this.#connectCalls.size;
    const unheard = waiting === 0 && !this.#state.established;
    this.#handle({ type: "failed", attempt: this.#state.attempt, error });
    if (unheard) this.#events.onBackgroundError(error);
  }

  onLost(error: IsoHubError, closedByPeer: boolean): void {
    // Lost before it was in use: the dial has failed.
    if (this.#state.phase === "connecting") this.onNoHub(error);
    else this.#handle({ type: "lost", attempt: this.#state.attempt, error, closedByPeer });
  }

  /** The connection may be dead without a word, and a wait may have lost its reason. */
  onEnvironmentChange(what: EnvironmentChange): void {
    this.#ready?.check();
    // Coming back is no reason to hurry where someone else has the identity.
    if (what !== "online" || this.#state.reason?.code === "taken_over") return;
    this.#retryTimer?.cancel();
    this.#handle({ type: "retry" });
  }

  onPublish(message: InboundPublish, acknowledge: (() => void) | undefined): void {
    this.#events.onPublish(message, acknowledge);
  }

  async #close(attempt: number, drain: boolean): Promise<void> {
    this.#ready = undefined;
    if (drain) {
      const givenUp = new Promise<void>((resolve) => {
        this.#hurry = resolve;
      });
      const sent = new Promise<void>((resolve) => this.#window.drain(resolve));
      const done = Promise.all([sent, this.#events.requestsSettled()]);
      await within(this.#clock, drainTimeoutMs, Promise.race([givenUp, done]));
    }
    // Lost meanwhile: what is in use now is the next connection.
    if (this.#state.attempt !== attempt) return;
    this.#window.detach();
    await this.#dialer.close();
    this.#handle({ type: "closed", attempt });
  }

  /** A connection that ends says so itself. */
  #background(work: Promise<void>): Promise<void> {
    return work.catch((error: Error) => {
      if (!(error instanceof ConnectionDroppedError)) this.#events.onBackgroundError(error);
    });
  }
}
