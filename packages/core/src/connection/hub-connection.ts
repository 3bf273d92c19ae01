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
import type { ClientState } from "./client-state.ts";
import { Dial, type Opened } from "./dial.ts";
import type { HubConnectionConfig, HubConnectionEvents } from "./hub-connection-config.ts";
import { IdentityClaim } from "./identity-claim.ts";
import type { Link } from "./link.ts";
import type { OutboundKind } from "./outbox.ts";
import { OutsideWatch } from "./outside-watch.ts";
import { Supervision } from "./supervision.ts";
import type { SupervisorEffect, SupervisorEvent, SupervisorState } from "./supervisor.ts";
import { TokenKeeper } from "./token-keeper.ts";
import { Traffic } from "./traffic.ts";
import { Waiters } from "./waiters.ts";

/** The shell around the supervisor: carries its effects out over links, timers and everybody who waits. */
export class HubConnection {
  readonly #config: HubConnectionConfig;
  readonly #events: HubConnectionEvents;
  readonly #traffic: Traffic;
  readonly #token: TokenKeeper;
  /** connect() calls: they learn of the first failure. */
  readonly #connectCalls = new Waiters<void>();
  /** Operations that need a connection: they wait for as long as one may still come. */
  readonly #operations = new Waiters<Link>();
  readonly #idle = new Waiters<void>();
  readonly #supervision: Supervision;
  /** The latest dial, with the connection that it has opened. */
  #dialled: Dial | undefined;
  /** The link once it is subscribed and in use. */
  #ready: Link | undefined;
  readonly #outside: OutsideWatch;
  readonly #claim: IdentityClaim;
  #retryTimer: Timer | undefined;
  #shutDown = false;

  constructor(config: HubConnectionConfig, events: HubConnectionEvents) {
    this.#config = config;
    this.#events = events;
    const { clock } = config.runtime;
    const { connectionRetry: retry, retryPolicy: policy, ownRetryPolicy: ownPolicy, random } = config;
    this.#supervision = new Supervision(clock, { retry, policy, ownPolicy, random });
    this.#traffic = new Traffic(clock, config.maxInFlight, events);
    this.#outside = new OutsideWatch(config.runtime, (what) => this.#onOutsideChange(what));
    this.#claim = new IdentityClaim(config.runtime);
    this.#token = new TokenKeeper(config, {
      renew: () => this.#handle({ type: "renew" }),
      ask: () => events.onTokenNeeded(),
      report: (error) => events.onBackgroundError(error),
    });
  }

  get state(): ClientState {
    return this.#supervision.clientState;
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
  publish(
    kind: OutboundKind,
    what: string,
    topic: string,
    payload: Uint8Array,
    options: OperationOptions,
  ): Promise<void> {
    if (this.#ready === undefined) {
      const refusal = this.#wake(what);
      if (refusal !== undefined) return Promise.reject(refusal);
    }
    return this.#traffic.outbox.add(kind, what, topic, payload, options, this.#config.operationTimeoutMs);
  }

  /** The link to the hub, as soon as there is one, with these subscriptions confirmed. */
  async link(what: string, signal: AbortSignal, ...names: SubscriptionName[]): Promise<Link> {
    let link = this.#ready ?? (await this.#waitForLink(what, signal));
    for (;;) {
      try {
        await this.#traffic.want(...names);
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
    return this.#traffic.has(names) ? this.#ready : undefined;
  }

  /** Subscribes as soon as there is a connection, which this asks for; failures go to the background channel. */
  subscribe(name: SubscriptionName): void {
    this.#background(this.#traffic.want(name));
    // Handlers set in one go belong to one connection attempt, and so does a connect() on the next line.
    queueMicrotask(() => this.#wake("Subscribing"));
  }

  unsubscribe(name: SubscriptionName): void {
    this.#background(this.#traffic.drop(name));
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

  get #state(): SupervisorState {
    return this.#supervision.state;
  }

  #handle(event: SupervisorEvent): void {
    const { effects, changed } = this.#supervision.step(event);
    const state = this.#state;
    this.#outside.interested = state.phase.name !== "disconnected";
    if (state.phase.name === "disconnected") this.#claim.release();
    for (const effect of effects) this.#carryOut(effect);
    if (!changed || this.#state !== state) return;
    this.#events.onStateChange(this.state);
    if (state.phase.name === "disconnected") this.#idle.resolve();
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
        this.#ready = undefined;
        this.#traffic.detach();
        this.#events.onDisconnected(
          this.#state.reason ??
            new OperationCancelledError("The client disconnected before the hub answered"),
        );
    }
  }

  get #isIdle(): boolean {
    return this.#traffic.outbox.size === 0 && this.#operations.size === 0 && this.#connectCalls.size === 0;
  }

  #dial(dial: number): void {
    this.#dialled = new Dial(this.#config, this.#claim, {
      onOpen: (opened) => this.#open(dial, opened),
      onFailed: (error) => this.#failed(dial, error),
      onLost: (error, closedByPeer) => {
        // Lost before it was in use: the dial has failed.
        if (this.#state.phase.name === "connecting") this.#failed(dial, error);
        else this.#handle({ type: "lost", dial, error, closedByPeer });
      },
      ...this.#events,
      onDrain: () => this.#traffic.outbox.pump(),
      unackedSince: () => this.#traffic.outbox.unackedSince,
    });
  }

  #failed(dial: number, error: IsoHubError): void {
    // Nobody's call fails with a connection that only a handler asked for.
    const unheard = this.#isIdle && !this.#state.established;
    this.#handle({ type: "failed", dial, error });
    if (unheard) this.#events.onBackgroundError(error);
  }

  #open(dial: number, opened: Opened): void {
    const { link, target, tokenExpiry } = opened;
    if (tokenExpiry !== undefined) this.#token.issued(tokenExpiry, target.credential);
    this.#traffic
      .open(opened)
      .catch((error: Error) => {
        // A lost link says so itself. A refused subscription leaves the rest in working order.
        if (!(error instanceof ConnectionDroppedError)) this.#events.onBackgroundError(error);
      })
      .then(() => {
        if (this.#state.dial !== dial || this.#state.phase.name !== "connecting") return;
        this.#ready = link;
        this.#handle({ type: "opened", dial });
        // A handler of that change may have disconnected again.
        if (this.#ready !== link) return;
        this.#traffic.use(link);
        this.#operations.resolve(link);
        this.#events.onConnected();
      });
  }

  async #close(dial: number, drain: boolean): Promise<void> {
    const dialled = this.#dialled;
    this.#ready = undefined;
    if (drain) await this.#traffic.drained();
    // Lost meanwhile: what is in use now is the next connection.
    if (this.#dialled !== dialled) return;
    this.#traffic.outbox.detach();
    await dialled?.close();
    this.#handle({ type: "closed", dial });
  }

  #giveUp(error: Error): void {
    this.#token.rest();
    this.#traffic.giveUp(error);
    this.#connectCalls.reject(error);
    this.#operations.reject(error);
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
