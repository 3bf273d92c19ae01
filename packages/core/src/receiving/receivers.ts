import type { HubLocator } from "../connection/attempt/hub-locator.ts";
import type { HubConnection } from "../connection/hub-connection.ts";
import { iotHubReceiving } from "../dialects/iothub/iothub-receiving.ts";
import type { ReceivingDialect } from "../dialects/receiving-dialect.ts";
import type { Channel } from "../events/channel.ts";
import type { ReceivedMessage } from "../messages/message.ts";
import { MessageReceiver } from "../messages/message-receiver.ts";
import type { MethodRequest, MethodResponse } from "../methods/method.ts";
import type { MethodHandlers } from "../methods/method-handlers.ts";
import { MethodReceiver } from "../methods/method-receiver.ts";
import type { InboundPublish } from "../mqtt/engine.ts";
import { TwinClient } from "../twin/twin-client.ts";
import type { Clock } from "../util/clock.ts";
import type { OperationOptions } from "../util/deadline.ts";
import type { JsonObject } from "../util/json.ts";
import type { LogLevel } from "../util/logger.ts";
import { within } from "../util/within.ts";

/** The time limit for the hub to acknowledge method responses before an orderly close, in milliseconds. */
const answerTimeoutMs = 1000;

/** The client behind its receivers. */
export interface ReceivingClient {
  readonly clock: Clock;
  readonly connection: HubConnection;
  readonly channels: {
    readonly twinDesiredPropertiesPatch: Channel<JsonObject> | undefined;
    of(name: "message"): Channel<ReceivedMessage>;
    of(name: "methodRequest"): Channel<MethodRequest>;
    notify(name: "twinDesiredPropertiesPatch", patch: JsonObject): void;
  };
  readonly setup: {
    readonly locator: HubLocator;
    readonly options: {
      readonly receiveQueueLimit: number;
      readonly operationTimeoutMs: number;
      readonly ensureDesiredProperties: boolean;
    };
  };
  readonly methodHandlers: MethodHandlers;
  respond(response: MethodResponse, options: OperationOptions): Promise<void>;
  log(level: LogLevel, message: string, detail: Record<string, unknown>): void;
  onBackgroundError(error: unknown): void;
}

/** Creates the receivers of a client. */
export type CreateReceivers = (client: ReceivingClient) => Receivers;

/** Handles everything that a hub sends to a client. A page loads this code only if the client receives something. */
export class Receivers {
  readonly #client: ReceivingClient;
  readonly #dialect: ReceivingDialect = iotHubReceiving;
  readonly #messages: MessageReceiver;
  readonly #methods: MethodReceiver;
  readonly twin: TwinClient;

  constructor(client: ReceivingClient) {
    const { channels, clock, setup } = client;
    const { receiveQueueLimit, operationTimeoutMs, ensureDesiredProperties } = setup.options;
    const report = (error: unknown): void => client.onBackgroundError(error);
    this.#client = client;
    this.#messages = new MessageReceiver(channels.of("message"), receiveQueueLimit, report);
    this.#methods = new MethodReceiver(
      channels.of("methodRequest"),
      this.#dialect,
      client.methodHandlers,
      (response) => client.respond(response, {}),
      report,
    );
    this.twin = new TwinClient(client.connection, {
      dialect: this.#dialect,
      clock,
      operationTimeoutMs,
      ensureDesiredProperties,
      deliver: (patch) => channels.notify("twinDesiredPropertiesPatch", patch),
      report,
    });
    if (channels.twinDesiredPropertiesPatch?.hasConsumers) this.twin.setInterest(true);
  }

  /** Whether a handler is running, or the hub expects an acknowledgement. */
  get isBusy(): boolean {
    return this.#messages.isBusy || this.#methods.isBusy;
  }

  /** The application starts or stops listening to an event. */
  setInterest(name: "message" | "methodRequest" | "twinDesiredPropertiesPatch", wanted: boolean): void {
    if (name === "twinDesiredPropertiesPatch") this.twin.setInterest(wanted);
    else if (name === "message" && wanted) this.#messages.flush();
  }

  onConnected(): void {
    this.twin.onConnected();
  }

  onDisconnected(error: Error): void {
    this.twin.onDisconnected(error);
    this.#messages.onDisconnected();
  }

  onMoved(): void {
    this.#messages.onMoved();
    this.#methods.onMoved();
  }

  onPublish(message: InboundPublish, acknowledge: (() => void) | undefined): void {
    const { topic, payload, dup } = message;
    const identity = this.#client.setup.locator.target?.identity;
    const inbound = identity && this.#dialect.readInbound(message, identity);
    try {
      switch (inbound?.subscription) {
        case "c2d":
        case "inputs":
          this.#messages.deliver(this.#dialect.readMessage(inbound, payload), acknowledge, dup);
          return;
        case "methods":
          this.#methods.receive(inbound.name, inbound.requestId, payload);
          break;
        case "twinResponses":
          this.twin.onResponse(inbound, payload);
          break;
        case "twinPatches":
          this.twin.onPatch(inbound, payload);
          break;
        case undefined:
          this.#client.log("warn", "Dropped a message on an unknown topic", { topic });
      }
    } catch (error) {
      this.#client.onBackgroundError(error);
    }
    // Twin and method messages may arrive at QoS 1, too; they are acknowledged at once.
    acknowledge?.();
  }

  /** Acknowledges messages, and responds to method calls, whose handlers have just returned or end the client themselves. */
  async finishHandled(): Promise<void> {
    const { clock, connection } = this.#client;
    if (this.#messages.isBusy) await this.#messages.settled();
    if (!this.#methods.isBusy) return;
    for (let turn = 0; turn < 3; turn++) await undefined;
    if (connection.connected) await within(clock, answerTimeoutMs, connection.settled(true));
  }
}

export const createReceivers: CreateReceivers = (client) => new Receivers(client);
