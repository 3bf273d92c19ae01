import { HubConnection } from "../connection/hub-connection.ts";
import type { HubConnectionEvents } from "../connection/hub-connection-config.ts";
import { cancelled } from "../connection/link/link-errors.ts";
import type { HubDialect } from "../dialects/hub-dialect.ts";
import { iotHubDialect } from "../dialects/iothub/iothub-dialect.ts";
import { asIsoHubError, ClientError, type IsoHubError, mustBe } from "../errors.ts";
import type { Channel, Listener } from "../events/channel.ts";
import type { Message } from "../messages/message.ts";
import type { MethodResponse } from "../methods/method.ts";
import { MethodHandlers } from "../methods/method-handlers.ts";
import type { InboundPublish } from "../mqtt/engine.ts";
import type { OpenOutbox } from "../outbox/outbox.ts";
import type { ClientSetup } from "../setup/client-setup.ts";
import type { Clock } from "../util/clock.ts";
import { type OperationOptions, type ShutdownOptions, withDeadline } from "../util/deadline.ts";
import {
  ClientChannels,
  type ClientEventName,
  type ClientEvents,
  type SubscribedEventName,
} from "./client-events.ts";
import { ClientReceivers } from "./client-receivers.ts";
import type { ReceiveCalls } from "./receive-calls.ts";
import { safeRetryPolicy } from "./safe-retry-policy.ts";

/** The parts of a client behind its public class: the connection, and the receivers of what arrives over it. */
export class ClientCore implements HubConnectionEvents {
  readonly setup: ClientSetup;
  readonly clock: Clock;
  readonly dialect: HubDialect = iotHubDialect;
  readonly userAgent: string;
  readonly connection: HubConnection;
  readonly channels: ClientChannels = new ClientChannels(this);
  readonly receivers: ClientReceivers = new ClientReceivers(this);
  readonly methodHandlers: MethodHandlers = new MethodHandlers();
  readonly outbox: OpenOutbox | undefined;
  /** Set by the first `receive…` call. */
  receiveCalls: ReceiveCalls | undefined;
  usesHandlers = false;
  /** Functions that abort the client's HTTPS requests at shutdown. Each resolves once its request has ended. */
  endHooks: readonly ((reason: IsoHubError) => Promise<void>)[] = [];
  #shutDown = false;
  /** Whether errors had a listener when the client was shut down. */
  #hadListeners = false;

  constructor(setup: ClientSetup) {
    this.setup = setup;
    const { platform, locator, options } = setup;
    const { runtime } = platform;
    this.clock = runtime.clock;
    this.userAgent = `isohub-${runtime.name}/${runtime.version}${options.productInfo}`;
    const { dialect, userAgent } = this;
    const engine = options.engine ?? platform.engine;
    // With the default policy, the connection shares the options of the client.
    const retryPolicy =
      options.ownRetryPolicy &&
      safeRetryPolicy(options.retryPolicy, (error) => this.onBackgroundError(error));
    this.connection = new HubConnection(
      {
        runtime,
        engine,
        locator,
        dialect,
        userAgent,
        options: retryPolicy ? { ...options, retryPolicy } : options,
      },
      this,
    );
    this.outbox = options.outbox?.open(this);
  }

  onStateChange(): void {
    const { channels, outbox, setup } = this;
    // The state is computed only if something uses it.
    if (!setup.options.logger && !channels.connectionStateChange && !outbox) return;
    const { state } = this.connection;
    const { status, attempt, nextRetryAt } = state;
    this.log("info", `The client is ${status}`, { attempt, nextRetryAt });
    channels.notify("connectionStateChange", state);
    outbox?.onStateChange(state);
  }

  /** Loads what a connection needs. */
  prepare(): Promise<void> | undefined {
    return this.receivers.prepare();
  }

  onConnected(): void {
    this.receivers.onConnected();
  }

  onDisconnected(error: Error): void {
    this.receivers.onDisconnected(error);
    this.receiveCalls?.forgetMethodRequests();
  }

  onMoved(): void {
    this.receivers.current?.onMoved();
  }

  onBackgroundError(cause: unknown, canNotify = true): void {
    const error = asIsoHubError(cause);
    const { channels, setup } = this;
    const { status, reason } = this.connection.state;
    const isEnd = status === "disconnected" && reason === error;
    this.log("warn", error.message, { error: error.name, code: error.code });
    if (canNotify && (this.#hadListeners || channels.backgroundException?.hasConsumers))
      channels.notify("backgroundException", error);
    else if (!setup.options.logger && (error.code === "handler_failed" || isEnd))
      setup.platform.runtime.reportUnhandled?.(error);
  }

  onTokenNeeded(): void {
    this.channels.notify("newSastokenRequired", undefined);
  }

  async settled(): Promise<void> {
    await this.receivers.current?.twin.settled();
  }

  /** @throws {ClientError} `shut_down` */
  ensureOpen(): void {
    if (this.#shutDown) throw new ClientError("shut_down", "The client has already been shut down");
  }

  /**
   * Applies Python's rule: an application either sets handlers or calls `receive…`, for the lifetime of a client.
   *
   * @throws {ClientError} `shut_down`, `mode_conflict`
   */
  useHandlers(): void {
    this.ensureOpen();
    if (this.receiveCalls !== undefined) {
      const rule = "Cannot set receive handlers - receive APIs have already been used";
      throw new ClientError("mode_conflict", rule, { remediation: "Use one of them per client" });
    }
    this.usesHandlers = true;
  }

  /**
   * Returns the channel of an event, for a new consumer. Only events that the hub sends make the client use handlers.
   *
   * @throws {ClientError} `shut_down`, `mode_conflict`
   */
  channel<K extends ClientEventName>(name: K): Channel<ClientEvents[K]> {
    if (isSubscribed(name)) this.useHandlers();
    else this.ensureOpen();
    return this.channels.of(name);
  }

  /** @throws {ClientError} `shut_down`, `mode_conflict` */
  setHandler<K extends ClientEventName>(
    name: K,
    handler: Listener<ClientEvents[K]> | null | undefined,
  ): void {
    const run = handler ?? undefined;
    if (run !== undefined && typeof run !== "function")
      throw mustBe("The handler", run, "a function or null");
    this.channel(name).handler = run;
  }

  withDeadline<R>(
    operation: string,
    options: OperationOptions,
    run: (signal: AbortSignal) => Promise<R>,
  ): Promise<R> {
    const ms = this.setup.options.operationTimeoutMs;
    return withDeadline(this.clock, operation, options, ms, run, () => this.connection.state.reason);
  }

  send(message: Message<unknown>, outputName: string | undefined, options: OperationOptions): Promise<void> {
    if (this.outbox) return this.outbox.send(message, outputName, options);
    const { prefix } = this.connection;
    const packet = this.dialect.encodeMessage(message, outputName, prefix);
    return this.connection.publish({ operation: "Sending a message", packet, prefix }, options);
  }

  async disconnect(): Promise<void> {
    if (this.receivers.current?.isBusy) await this.receivers.current.finishHandled();
    await this.connection.disconnect(cancelled());
  }

  /** @throws {ArgumentError} `invalid_argument` */
  async shutdown({ drain = false, signal, ...options }: ShutdownOptions): Promise<void> {
    const { timeoutMs = this.setup.options.operationTimeoutMs } = options;
    if (typeof drain !== "boolean" && !(typeof drain === "number" && drain >= 0))
      throw mustBe("drain", drain, "true, false or a number of milliseconds");
    const drainMs = drain === true ? timeoutMs : Number(drain);
    await this.withDeadline("Shutting down", { signal, timeoutMs: timeoutMs + drainMs }, (inner) =>
      this.#shutdown(drainMs, inner),
    );
  }

  async #shutdown(drainMs: number, signal: AbortSignal): Promise<void> {
    this.#shutDown = true;
    if (drainMs > 0) {
      const drained = withDeadline(this.clock, "Draining", { signal }, drainMs, () => this.flush());
      await drained.catch(() => {}); // What is left is rejected below.
    }
    if (this.receivers.current?.isBusy) await this.receivers.current.finishHandled();
    const ended = cancelled("shut down");
    this.receiveCalls?.close(ended);
    await Promise.all([this.connection.shutdown(ended), ...this.endHooks.map((end) => end(ended))]);
    await this.outbox?.close();
    this.#hadListeners ||= this.channels.backgroundException?.hasConsumers === true;
    this.channels.close();
  }

  /** Resolves once everything that was accepted before is acknowledged or has failed. */
  async flush(): Promise<void> {
    await Promise.all([this.connection.settled(false), this.receivers.flush(), this.outbox?.flush()]);
  }

  respond(response: MethodResponse, options: OperationOptions): Promise<void> {
    const message = { operation: "Answering a method call", packet: this.dialect.encodeResponse(response) };
    return this.connection.publish(message, options);
  }

  /** Unsubscribes from methods if no handler or listener is left. */
  dropMethodsIfUnwanted(): void {
    if (this.methodHandlers.isEmpty && !this.channels.methodRequest?.hasConsumers)
      this.receivers.setInterest("methodRequest", false);
  }

  log(level: "debug" | "info" | "warn" | "error", message: string, detail: Record<string, unknown>): void {
    const { logger } = this.setup.options;
    if (logger === undefined) return;
    try {
      logger.log(level, message, { client: this.setup.locator.name, ...detail });
    } catch {
      // A failing logger must not affect the device.
    }
  }

  onPublish(message: InboundPublish, acknowledge: (() => void) | undefined): void {
    this.receivers.onPublish(message, acknowledge);
  }

  onInterest(name: ClientEventName, wanted: boolean): void {
    if (name === "methodRequest" && !wanted) this.dropMethodsIfUnwanted();
    else if (isSubscribed(name)) this.receivers.setInterest(name, wanted);
  }

  onListenerFailure(name: ClientEventName, error: ClientError): void {
    // A listener for failures that fails can't be reported to itself.
    this.onBackgroundError(error, name !== "backgroundException");
  }
}

function isSubscribed(name: ClientEventName): name is SubscribedEventName {
  return name === "message" || name === "methodRequest" || name === "twinDesiredPropertiesPatch";
}
