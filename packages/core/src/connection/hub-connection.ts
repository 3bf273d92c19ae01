import {
  ConnectionDroppedError,
  type IsoHubError,
  NoConnectionError,
  OperationCancelledError,
} from "../errors.ts";
import type { SubscriptionName } from "../mqtt/topics.ts";
import type { OutsideChange } from "../runtime.ts";
import { setDelay, type Timer } from "../util/clock.ts";
import type { OperationOptions } from "../util/deadline.ts";
import { deferred } from "../util/deferred.ts";
import { type ClientState, toClientState } from "./client-state.ts";
import type { HubConnectionConfig, HubConnectionEvents } from "./hub-connection-config.ts";
import { claimName, IdentityClaim, preparation } from "./identity-claim.ts";
import { Link, type LinkConfig } from "./link.ts";
import { Outbox } from "./outbox.ts";
import { OutsideWatch } from "./outside-watch.ts";
import { Subscriptions } from "./subscriptions.ts";
import {
  initialSupervisorState,
  type SupervisorEffect,
  type SupervisorEvent,
  type SupervisorState,
  supervise,
} from "./supervisor.ts";
import { TokenKeeper } from "./token-keeper.ts";
import { Waiters } from "./waiters.ts";

/** How long a renewal waits for messages in flight before it takes the connection down, in milliseconds. */
const drainTimeoutMs = 5000;

/** The shell around the supervisor: carries its effects out over links, timers and everybody who waits. */
export class HubConnection {
  readonly outbox: Outbox;
  readonly #config: HubConnectionConfig;
  readonly #events: HubConnectionEvents;
  readonly #subscriptions: Subscriptions;
  readonly #token: TokenKeeper;
  /** connect() calls: they learn of the first failure. */
  readonly #connectCalls = new Waiters<void>();
  /** Operations that need a connection: they wait for as long as one may still come. */
  readonly #operations = new Waiters<Link>();
  readonly #idle = new Waiters<void>();
  #state: SupervisorState = initialSupervisorState;
  #since: number;
  #link: Link | undefined;
  /** The link once it is subscribed and in use. */
  #ready: Link | undefined;
  readonly #outside: OutsideWatch;
  readonly #claim: IdentityClaim;
  readonly #linkConfig: LinkConfig;
  #retryTimer: Timer | undefined;
  /** Ends the wait for what is in flight before its time. */
  #hurry: (() => void) | undefined;
  #shutDown = false;

  constructor(config: HubConnectionConfig, events: HubConnectionEvents) {
    this.#config = config;
    this.#events = events;
    this.#since = config.runtime.clock.now();
    this.outbox = new Outbox(config.runtime.clock, config.maxInFlight);
    this.#subscriptions = new Subscriptions(config.identity);
    this.#outside = new OutsideWatch(config.runtime, (what) => this.#onOutsideChange(what));
    this.#claim = new IdentityClaim(config.runtime, claimName(config));
    this.#linkConfig = { ...config, prepare: preparation(config, this.#claim) };
    this.#token = new TokenKeeper(config, {
      renew: () => this.#handle({ type: "renew" }),
      ask: () => events.onTokenNeeded(),
      report: (error) => events.onBackgroundError(error),
    });
  }

  get state(): ClientState {
    return toClientState(this.#state, this.#since);
  }

  get connected(): boolean {
    return this.#state.phase.name === "connected";
  }

  /** Connects; rejects when this try fails, even where further tries follow by themselves. */
  connect(): Promise<void> {
    if (this.connected) return Promise.resolve();
    const connected = this.#connectCalls.wait();
    this.#handle({ type: "connect" });
    return connected;
  }

  /** Disconnects in order; resolves when there is no connection any more. */
  async disconnect(reason: IsoHubError): Promise<void> {
    this.#handle({ type: "disconnect", reason });
    if (this.#state.phase.name !== "disconnected") await this.#idle.wait();
  }

  /** Disconnects for good: nothing connects again. */
  async shutdown(reason: IsoHubError): Promise<void> {
    this.#shutDown = true;
    await this.disconnect(reason);
  }

  /** Reconnects with a fresh token and resolves when that is done; without a connection there is nothing to do. */
  renew(): Promise<void> {
    if (!this.connected) return Promise.resolve();
    const connected = this.#connectCalls.wait();
    this.#handle({ type: "renew" });
    return connected;
  }

  /** Sends a QoS 1 message; resolves with its acknowledgement. Waits for a connection, over drops too. */
  publish(what: string, topic: string, payload: Uint8Array, options: OperationOptions): Promise<void> {
    if (this.#ready === undefined) {
      const refusal = this.#wake(what);
      if (refusal !== undefined) return Promise.reject(refusal);
    }
    return this.outbox.add(what, topic, payload, options, this.#config.operationTimeoutMs);
  }

  /** The link to the hub, as soon as there is one, with these subscriptions confirmed. */
  async link(what: string, signal: AbortSignal, ...names: SubscriptionName[]): Promise<Link> {
    let link = this.#ready ?? (await this.#waitForLink(what, signal));
    for (;;) {
      try {
        await this.#subscriptions.want(...names);
      } catch (error) {
        // Lost on the way: nothing has been asked of the hub yet, so the next connection will do.
        if (!(error instanceof ConnectionDroppedError)) throw error;
      }
      if (link === this.#ready) return link;
      signal.throwIfAborted();
      if (this.#state.desired === "disconnected") throw this.#state.reason ?? cancelled();
      link = this.#ready ?? (await this.#waitForLink(what, signal));
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
    if (!this.#config.autoConnect) {
      return new NoConnectionError(
        `${what} needs a connection: the client is not connected and autoConnect is off`,
      );
    }
    this.#handle({ type: "connect" });
    return undefined;
  }

  async #waitForLink(what: string, signal: AbortSignal): Promise<Link> {
    const refusal = this.#wake(what);
    if (refusal !== undefined) throw refusal;
    return this.#operations.wait(signal);
  }

  #handle(event: SupervisorEvent): void {
    const { runtime, connectionRetry, retryPolicy, ownRetryPolicy, random } = this.#config;
    const now = runtime.clock.now();
    const before = this.#state;
    const { state, effects } = supervise(before, event, {
      retry: connectionRetry,
      policy: retryPolicy,
      ownPolicy: ownRetryPolicy,
      random,
      now,
    });
    this.#state = state;
    this.#outside.interested = state.phase.name !== "disconnected";
    if (state.phase.name === "disconnected") this.#claim.release();
    const changed = state.phase.name !== before.phase.name;
    if (changed) this.#since = now;
    for (const effect of effects) this.#carryOut(effect);
    if (!changed || this.#state !== state) return;
    this.#events.onStateChange(toClientState(state, now));
    if (state.phase.name === "disconnected") {
      this.#idle.resolve();
    }
  }

  /** The connection may be dead without a word, and a wait may have lost its reason. */
  #onOutsideChange(what: OutsideChange): void {
    this.#ready?.check();
    // Coming back is no reason to hurry where someone else has the identity.
    if (what !== "online" || Reflect.get(this.#state.reason ?? {}, "code") === "taken_over") return;
    this.#retryTimer?.cancel();
    this.#handle({ type: "retry" });
  }

  #carryOut(effect: SupervisorEffect): void {
    const { clock } = this.#config.runtime;
    switch (effect.type) {
      case "dial":
        this.#dial(effect.dial);
        return;
      case "close":
        this.#background(this.#close(effect.dial, effect.drain));
        return;
      case "wait":
        // Not an idle timer: a device that only listens must not end because its hub was away for a moment.
        this.#retryTimer = setDelay(clock, effect.ms, () => this.#handle({ type: "retry" }), false);
        return;
      case "stopWaiting":
        this.#retryTimer?.cancel();
        return;
      case "connected":
        this.#connectCalls.resolve();
        return;
      case "connectFailed":
        this.#connectCalls.reject(effect.error);
        return;
      case "giveUp":
        this.#giveUp(effect.error);
        return;
      case "report":
        this.#events.onBackgroundError(effect.error);
        return;
      case "disconnected":
        this.#detach();
        this.#events.onDisconnected(
          this.#state.reason ??
            new OperationCancelledError("The client disconnected before the hub answered"),
        );
    }
  }

  /** Whether nobody waits for a connection. */
  get #isIdle(): boolean {
    return this.outbox.size === 0 && this.#operations.size === 0 && this.#connectCalls.size === 0;
  }

  #dial(dial: number): void {
    const link = new Link(this.#linkConfig, {
      onOpen: (sessionPresent, tokenExpiry) => this.#open(link, dial, sessionPresent, tokenExpiry),
      onFailed: (error) => {
        // Nobody's call fails with a connection that only a handler asked for.
        const unheard = this.#isIdle && !this.#state.established;
        this.#handle({ type: "failed", dial, error });
        if (unheard) this.#events.onBackgroundError(error);
      },
      onLost: (error, closedByPeer) => {
        // Lost before it was in use: the dial has failed.
        if (this.#state.phase.name === "connecting") this.#handle({ type: "failed", dial, error });
        else this.#handle({ type: "lost", dial, error, closedByPeer });
      },
      onPublish: (message) => this.#events.onPublish(message, link),
      onDrain: () => this.outbox.pump(),
      unackedSince: () => this.outbox.unackedSince,
    });
    this.#link = link;
  }

  #open(link: Link, dial: number, sessionPresent: boolean, tokenExpiry: number | undefined): void {
    if (tokenExpiry !== undefined) this.#token.issued(tokenExpiry);
    this.#subscriptions
      .attach(link, sessionPresent)
      .catch((error: Error) => {
        // A lost link says so itself. A refused subscription leaves the rest in working order.
        if (!(error instanceof ConnectionDroppedError)) this.#events.onBackgroundError(error);
      })
      .then(() => {
        if (this.#link !== link || this.#state.phase.name !== "connecting") return;
        this.#ready = link;
        this.#handle({ type: "opened", dial });
        // A handler of that change may have disconnected again.
        if (this.#ready !== link) return;
        this.outbox.attach(link);
        this.#operations.resolve(link);
        this.#events.onConnected();
      });
  }

  async #close(dial: number, drain: boolean): Promise<void> {
    const link = this.#link;
    this.#ready = undefined;
    if (link !== undefined) {
      if (drain) await this.#drained();
      // Lost meanwhile: what is in use now is the next connection.
      if (this.#link !== link) return;
      this.outbox.detach();
      await link.close();
    }
    this.#handle({ type: "closed", dial });
  }

  /** Lets what is with the hub finish, within a bound. */
  #drained(): Promise<void> {
    const late = deferred<void>();
    this.#hurry = late.resolve;
    const timer = this.#config.runtime.clock.setTimer(late.resolve, drainTimeoutMs);
    const sent = new Promise<void>((resolve) => this.outbox.drain(resolve));
    return Promise.race([late.promise, Promise.all([sent, this.#events.requestsAnswered()])])
      .then(() => {})
      .finally(() => timer.cancel());
  }

  #detach(): void {
    this.#ready = undefined;
    this.#subscriptions.detach();
    this.outbox.detach();
  }

  #giveUp(error: Error): void {
    this.#token.rest();
    this.outbox.failAll(error);
    this.#connectCalls.reject(error);
    this.#operations.reject(error);
    this.#hurry?.();
  }

  #background(work: Promise<void>): void {
    work.catch((error: Error) => {
      if (!(error instanceof ConnectionDroppedError)) this.#events.onBackgroundError(error);
    });
  }
}

function cancelled(): OperationCancelledError {
  return new OperationCancelledError("The client was disconnected before the operation had finished");
}
