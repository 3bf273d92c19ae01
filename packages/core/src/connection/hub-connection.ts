import { ConnectionDroppedError, type IsoHubError, NoConnectionError } from "../errors.ts";
import type { EnvironmentChange } from "../runtime/runtime.ts";
import { type Clock, setTimer } from "../util/clock.ts";
import type { OperationOptions } from "../util/deadline.ts";
import { deferred } from "../util/deferred.ts";
import { within } from "../util/within.ts";
import { AcceptedHub } from "./attempt/accepted-hub.ts";
import { AttemptContext, type AttemptEvents, type HubLink } from "./attempt/attempt-context.ts";
import { ConnectionAttempt } from "./attempt/connection-attempt.ts";
import { type ClientState, ClientStateView } from "./client-state.ts";
import { type ConnectionResources, drainTimeoutMs } from "./connection-resources.ts";
import type { SubscriptionName } from "./dialect.ts";
import type { HubConnectionConfig, HubConnectionEvents } from "./hub-connection-config.ts";
import { noPrefix, type OutboundMessage } from "./in-flight/in-flight-entry.ts";
import { InFlightWindow } from "./in-flight/in-flight-window.ts";
import type { Link } from "./link/link.ts";
import { cancelled } from "./link/link-errors.ts";
import { stepTimeout } from "./step-timeout.ts";
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

/** Carries out the effects of the supervisor: on attempts, timers and everything that waits for a connection. */
export class HubConnection implements AttemptEvents {
  readonly #config: HubConnectionConfig;
  readonly #clock: Clock;
  readonly #events: HubConnectionEvents;
  readonly #window: InFlightWindow;
  readonly #subscriptions = new Subscriptions();
  readonly #token: TokenRenewer;
  readonly #attempts: AttemptContext;
  /** Calls of connect(), which reject with the first failure. */
  readonly #connectCalls = new Waiters<void>();
  /** Operations, which wait as long as there may be a connection. */
  readonly #operations = new Waiters<Link>();
  readonly #idle = new Waiters<void>();
  #state: SupervisorState;
  readonly #view = new ClientStateView();
  #resources: ConnectionResources = { phase: "disconnected" };
  #hub: AcceptedHub | undefined;
  #shutDown = false;

  constructor(config: HubConnectionConfig, events: HubConnectionEvents) {
    this.#config = config;
    this.#events = events;
    this.#clock = config.runtime.clock;
    this.#state = { ...initialSupervisorState, since: this.#clock.now() };
    this.#window = new InFlightWindow(this.#clock, this);
    this.#token = new TokenRenewer(config, events, this);
    this.#attempts = new AttemptContext(config, events, this, this.#window);
  }

  get state(): ClientState {
    return this.#view.of(this.#state);
  }

  get connected(): boolean {
    return this.#state.phase === "connected";
  }

  /** Connects; rejects if this attempt fails, even if it is retried. With `whenInUse: "wait"`, the signal ends it. */
  connect(signal: AbortSignal): Promise<void> {
    return this.connected ? Promise.resolve() : this.#connectBy("connect", signal);
  }

  /** Reconnects with a fresh token, and resolves afterwards; does nothing without a connection. */
  renew(): Promise<void> {
    return this.connected ? this.#connectBy("renew") : Promise.resolve();
  }

  #connectBy(type: "connect" | "renew", signal?: AbortSignal): Promise<void> {
    const ends = this.#config.options.whenInUse === "wait" ? signal : undefined;
    const connected = this.#connectCalls.wait(ends);
    ends?.addEventListener("abort", () => this.#isUnheard && this.disconnect(cancelled()));
    this.#handle({ type });
    return connected;
  }

  /** Disconnects in order; resolves once there is no connection. */
  async disconnect(reason: IsoHubError): Promise<void> {
    this.#handle({ type: "disconnect", reason });
    if (this.#state.phase !== "disconnected") await this.#idle.wait();
  }

  /** Resolves once each message that was accepted before, or only each reply, is acknowledged or has failed. */
  settled(onlyReplies: boolean): Promise<void> {
    return this.#window.settled(onlyReplies);
  }

  /** Disconnects for good: nothing connects again. */
  async shutdown(reason: IsoHubError): Promise<void> {
    this.#shutDown = true;
    await this.disconnect(reason);
  }

  /** Reconnects because a fresh token is available. */
  reconnect(): void {
    this.#handle({ type: "renew" });
  }

  /** The start of telemetry topics at this hub; empty before the first connection. */
  get prefix(): Uint8Array {
    return this.#hub?.prefix ?? noPrefix;
  }

  /** Sends a message at QoS 1; resolves when it is acknowledged. Waits for a connection, also after a lost one. */
  publish(message: OutboundMessage, options: OperationOptions): Promise<void> {
    const refusal = this.#link === undefined ? this.wake(message.operation) : undefined;
    if (refusal !== undefined) return Promise.reject(refusal);
    return this.#window.add(message, options, this.#config.options.operationTimeoutMs);
  }

  /** The link to the hub, once there is one and these subscriptions are confirmed. */
  async link(operation: string, signal: AbortSignal, ...names: SubscriptionName[]): Promise<Link> {
    for (;;) {
      let link = this.#link;
      if (link === undefined) {
        const refusal = this.wake(operation);
        if (refusal !== undefined) throw refusal;
        link = await this.#operations.wait(signal);
      }
      await this.#subscriptions.want(...names).catch((error: unknown) => {
        // Lost before anything was sent, so the next connection will do.
        if (!(error instanceof ConnectionDroppedError)) throw error;
      });
      if (link === this.#link) return link;
      signal.throwIfAborted();
      if (this.#state.desired === "disconnected") throw this.#state.reason ?? cancelled();
    }
  }

  /** The link to the hub, if there is one now and this subscription is confirmed. */
  readyLink(name: SubscriptionName): Link | undefined {
    return this.#subscriptions.has(name) ? this.#link : undefined;
  }

  /** Connects and subscribes; failures are reported as background errors. */
  subscribe(name: SubscriptionName): void {
    this.#background(this.#subscriptions.want(name));
    // Handlers set together, and a connect() on the next line, share one attempt.
    queueMicrotask(() => this.wake("Subscribing"));
  }

  unsubscribe(name: SubscriptionName): void {
    this.#background(this.#subscriptions.drop(name));
  }

  /** Requests a connection, unless one is desired already. @returns an error if there will be none */
  wake(operation: string): IsoHubError | undefined {
    if (this.#shutDown) return cancelled();
    if (this.#state.desired === "connected") return undefined;
    if (!this.#config.options.autoConnect)
      return new NoConnectionError(`${operation} needs a connection, and autoConnect is off`);
    this.#handle({ type: "connect" });
    return undefined;
  }

  get #isUnheard(): boolean {
    return !(this.#state.established || this.#window.size + this.#operations.size + this.#connectCalls.size);
  }

  get #link(): Link | undefined {
    return this.#resources.phase === "connected" ? this.#resources.link : undefined;
  }

  #handle(event: SupervisorEvent): void {
    const before = this.#state;
    const { state, effects } = reduceSupervisor(before, event, this.#clock.now(), this.#config.options);
    this.#state = state;
    if (state.phase === "disconnected") {
      this.#attempts.release();
      this.#enter({ phase: "disconnected" });
    }
    for (const effect of effects) this.#carryOut(effect);
    if ((state.phase === before.phase && event.type !== "inUse") || this.#state !== state) return;
    this.#events.onStateChange();
    if (state.phase === "disconnected") this.#idle.resolve();
  }

  #enter(resources: ConnectionResources): void {
    if (this.#resources.phase === "waiting") this.#resources.timer.cancel();
    this.#resources = resources;
  }

  #carryOut(effect: SupervisorEffect): unknown {
    switch (effect.type) {
      case "attempt": {
        const limit = stepTimeout(this.#state, this.#config.options);
        const attempt = new ConnectionAttempt(effect.attempt, this.#attempts, limit);
        this.#enter({ phase: "connecting", attempt });
        return attempt.start();
      }
      case "close":
        return this.#background(this.#close(effect.drain));
      case "wait": {
        // Keeps the process alive: a device that only listens must not exit because its hub was unavailable.
        const timer = setTimer(this.#clock, effect.ms, () => this.#handle({ type: "retry" }), false);
        return this.#enter({ phase: "waiting", timer });
      }
      case "connected":
        return this.#connectCalls.resolve();
      case "reject":
        return this.#connectCalls.reject(effect.error);
      case "giveUp":
        this.#token.stop();
        this.#window.failAll(effect.error);
        if (this.#resources.phase === "disconnecting") this.#resources.stopDraining();
        this.#connectCalls.reject(effect.error);
        return this.#operations.reject(effect.error);
      case "report":
        return this.#events.onBackgroundError(effect.error);
      case "disconnected":
        this.#enter({ phase: "disconnected" });
        this.#subscriptions.detach();
        this.#window.detach();
        return this.#events.onDisconnected(this.#state.reason ?? cancelled());
    }
  }

  async #close(drain: boolean): Promise<void> {
    if (!("attempt" in this.#resources)) return;
    const { attempt } = this.#resources;
    const stop = deferred<void>();
    const closing: ConnectionResources = { phase: "disconnecting", attempt, stopDraining: stop.resolve };
    this.#enter(closing);
    if (drain) {
      const settled = Promise.all([this.#window.drain(), this.#events.settled()]);
      await within(this.#clock, drainTimeoutMs, Promise.race([stop.promise, settled]));
    }
    if (this.#resources !== closing) return; // Lost meanwhile.
    this.#window.detach();
    await attempt.close();
    this.#handle({ type: "closed", attempt: attempt.number });
  }

  onAccepted(
    attempt: number,
    { link, target }: HubLink,
    sessionPresent: boolean,
    tokenExpiry: number | undefined,
  ): void {
    this.#handle({ type: "accepted", attempt });
    const before = this.#hub;
    const hub = before?.target === target ? before : new AcceptedHub(target, this.#config.dialect);
    this.#hub = hub;
    if (tokenExpiry !== undefined) this.#token.issued(tokenExpiry, target.credential);
    if (hub !== before && before !== undefined) {
      this.#window.startOver();
      this.#events.onMoved();
    }
    // Subscriptions that another hub confirmed don't count. A refused one doesn't prevent the others.
    const subscribed = this.#subscriptions.attach(link, hub, sessionPresent && hub === before);
    this.#background(subscribed).then(() => {
      if (this.#resources.phase !== "connecting" || this.#state.attempt !== attempt) return;
      this.#enter({ phase: "connected", attempt: this.#resources.attempt, link });
      this.#handle({ type: "opened", attempt });
      if (this.#link !== link) return; // A listener of that change may have disconnected.
      this.#window.attach(link);
      this.#operations.resolve(link);
      this.#events.onConnected();
    });
  }

  onFailed(attempt: number, error: IsoHubError): void {
    const isUnheard = this.#isUnheard && !this.#config.options.firstConnectionRetry;
    this.#handle({ type: "failed", attempt, error });
    if (isUnheard) this.#events.onBackgroundError(error);
  }

  onInUse(error: IsoHubError): void {
    this.#handle({ type: "inUse", error });
  }

  onLost(attempt: number, error: IsoHubError, closedByPeer: boolean): void {
    // Lost before it was in use: the attempt has failed.
    if (this.#resources.phase === "connecting") this.onFailed(attempt, error);
    else this.#handle({ type: "lost", attempt, error, closedByPeer, ignored: this.#window.ignored });
  }

  /** The connection may be dead, and a wait may no longer be necessary. */
  onEnvironmentChange(change: EnvironmentChange): void {
    this.#link?.check();
    // Reconnecting early doesn't help if another client uses the identity.
    if (change === "online" && this.#state.reason?.code !== "taken_over") this.#handle({ type: "retry" });
  }

  /** The end of a connection is reported elsewhere. */
  #background(work: Promise<void>): Promise<void> {
    return work.catch((error: Error) => {
      if (!(error instanceof ConnectionDroppedError)) this.#events.onBackgroundError(error);
    });
  }
}
