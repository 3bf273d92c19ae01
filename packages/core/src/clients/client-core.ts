import type { ClientState } from "../connection/client-state.ts";
import { HubConnection } from "../connection/hub-connection.ts";
import type { HubConnectionEvents } from "../connection/hub-connection-config.ts";
import { cancelled } from "../connection/link-errors.ts";
import type { HubDialect } from "../dialects/hub-dialect.ts";
import { iotHubDialect } from "../dialects/iothub/iothub-dialect.ts";
import { asIsoHubError, ClientError } from "../errors.ts";
import { MessageReceiver } from "../messages/message-receiver.ts";
import type { MethodResponse } from "../methods/method.ts";
import { MethodReceiver } from "../methods/method-receiver.ts";
import type { InboundPublish } from "../mqtt/engine.ts";
import type { ClientSetup } from "../setup/client-setup.ts";
import { TwinClient } from "../twin/twin-client.ts";
import type { Clock } from "../util/clock.ts";
import type { OperationOptions } from "../util/deadline.ts";
import { ClientChannels, type SubscribedEventName } from "./client-events.ts";
import type { ReceiveQueues } from "./receive-queues.ts";

/** What stands behind every client: the connection, and who gets what comes over it. */
export class ClientCore implements HubConnectionEvents {
  readonly setup: ClientSetup;
  readonly clock: Clock;
  readonly dialect: HubDialect = iotHubDialect;
  readonly userAgent: string;
  readonly connection: HubConnection;
  readonly channels: ClientChannels;
  readonly methods: MethodReceiver;
  readonly twin: TwinClient;
  /** What `receive…` calls fetch from, once there has been one. */
  queues: ReceiveQueues | undefined;
  usesHandlers = false;
  readonly #messages: MessageReceiver;
  #shutDown = false;

  constructor(setup: ClientSetup) {
    this.setup = setup;
    const { platform, locator, options } = setup;
    const { runtime } = platform;
    this.clock = runtime.clock;
    this.userAgent = `isohub-${runtime.name}/${runtime.version}${options.productInfo}`;
    this.channels = new ClientChannels((name, wanted) => this.#onInterest(name, wanted));
    const report = (error: Error): void => this.onBackgroundError(error);
    this.connection = new HubConnection(
      {
        runtime,
        engine: options.engine ?? platform.engine,
        locator,
        dialect: this.dialect,
        userAgent: this.userAgent,
        options,
      },
      this,
    );
    this.#messages = new MessageReceiver(this.channels.message, options.receiveQueueLimit, report);
    this.methods = new MethodReceiver(
      this.channels.methodRequest,
      this.dialect,
      (response) => this.respond(response, {}),
      report,
    );
    this.twin = new TwinClient(this.connection, {
      dialect: this.dialect,
      clock: runtime.clock,
      operationTimeoutMs: options.operationTimeoutMs,
      ensureDesiredProperties: options.ensureDesiredProperties,
      deliver: (patch) => this.channels.notify("twinDesiredPropertiesPatch", patch),
      report,
    });
  }

  // What the connection tells.

  onStateChange(state: ClientState): void {
    const { status, attempt, nextRetryAt } = state;
    this.log("info", `The client is ${status}`, { attempt, nextRetryAt });
    this.channels.notify("connectionStateChange", state);
  }

  onConnected(): void {
    this.twin.onConnected();
  }

  onDisconnected(error: Error): void {
    this.twin.onDisconnected(error);
    this.#messages.onDisconnected();
    this.queues?.forgetCalls();
  }

  onMoved(): void {
    this.#messages.onMoved();
    this.methods.onMoved();
  }

  onBackgroundError(cause: unknown): void {
    const error = asIsoHubError(cause);
    this.log("warn", error.message, { error: error.name, code: error.code });
    this.channels.report(error);
  }

  onTokenNeeded(): void {
    this.channels.notify("newSastokenRequired", undefined);
  }

  settled(): Promise<void> {
    return this.twin.settled();
  }

  /** @throws {ClientError} `shut_down` */
  ensureOpen(): void {
    if (this.#shutDown) throw new ClientError("shut_down", "The client has already been shut down");
  }

  /**
   * Python's rule: an application either sets handlers or calls `receive…`, for the life of a client.
   *
   * @throws {ClientError} `shut_down`, `mode_conflict`
   */
  useHandlers(): void {
    this.ensureOpen();
    if (this.queues !== undefined) {
      throw new ClientError(
        "mode_conflict",
        "Cannot set receive handlers - receive APIs have already been used",
      );
    }
    this.usesHandlers = true;
  }

  async disconnect(): Promise<void> {
    if (this.#messages.isBusy) await this.#messages.settled();
    await this.connection.disconnect(cancelled());
  }

  async shutdown(): Promise<void> {
    this.#shutDown = true;
    if (this.#messages.isBusy) await this.#messages.settled();
    const ended = cancelled("shut down");
    this.queues?.close(ended);
    await this.connection.shutdown(ended);
    this.channels.close();
  }

  respond(response: MethodResponse, options: OperationOptions): Promise<void> {
    const { topic, payload } = this.dialect.encodeResponse(response);
    return this.connection.publish("reply", "Answering a method call", topic, payload, options);
  }

  /** Unsubscribes from methods once nobody answers any. */
  dropMethodsIfUnwanted(): void {
    if (!this.methods.hasHandlers && !this.channels.methodRequest.hasConsumers)
      this.connection.unsubscribe("methods");
  }

  log(level: "debug" | "info" | "warn" | "error", message: string, detail: Record<string, unknown>): void {
    const { logger } = this.setup.options;
    if (logger === undefined) return;
    try {
      logger.log(level, message, { client: this.setup.locator.name, ...detail });
    } catch {
      // A logger that fails is not the device's trouble.
    }
  }

  onPublish(message: InboundPublish, acknowledge: (() => void) | undefined): void {
    const { topic, payload, dup } = message;
    const identity = this.setup.locator.target?.identity;
    const inbound = identity && this.dialect.readInbound(message, identity);
    try {
      switch (inbound?.subscription) {
        case "c2d":
        case "inputs":
          this.#messages.deliver(this.dialect.readMessage(inbound, payload), acknowledge, dup);
          return;
        case "methods":
          this.methods.receive(inbound.name, inbound.requestId, payload);
          break;
        case "twinResponses":
          this.twin.onResponse(inbound, payload);
          break;
        case "twinPatches":
          this.twin.onPatch(inbound, payload);
          break;
        case undefined:
          this.log("warn", "A message on an unknown topic was dropped", { topic });
      }
    } catch (error) {
      this.channels.report(asIsoHubError(error));
    }
    // Twins and methods may come at QoS 1 as well; there is nothing further to wait for.
    acknowledge?.();
  }

  #onInterest(name: SubscribedEventName, wanted: boolean): void {
    switch (name) {
      case "message": {
        const subscription = this.setup.kind === "device" ? "c2d" : "inputs";
        if (wanted) {
          this.connection.subscribe(subscription);
          this.#messages.flush();
        } else this.connection.unsubscribe(subscription);
        return;
      }
      case "methodRequest":
        if (wanted) this.connection.subscribe("methods");
        else this.dropMethodsIfUnwanted();
        return;
      case "twinDesiredPropertiesPatch":
        this.twin.setInterest(wanted);
    }
  }
}
