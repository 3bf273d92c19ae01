import { ReceiveQueue } from "../events/receive-queue.ts";
import type { ReceivedMessage } from "../messages/message.ts";
import type { MethodRequest } from "../methods/method.ts";
import type { Clock } from "../util/clock.ts";
import type { JsonObject } from "../util/json.ts";
import type { ClientChannels } from "./client-events.ts";

/** What the `receive…` calls of a client fetch from; each queue subscribes when it is first asked for. */
export class ReceiveQueues {
  readonly #channels: ClientChannels;
  readonly #clock: Clock;
  #messages: ReceiveQueue<ReceivedMessage> | undefined;
  #methods: ReceiveQueue<MethodRequest> | undefined;
  #patches: ReceiveQueue<JsonObject> | undefined;

  constructor(channels: ClientChannels, clock: Clock) {
    this.#channels = channels;
    this.#clock = clock;
  }

  get messages(): ReceiveQueue<ReceivedMessage> {
    this.#messages ??= new ReceiveQueue(
      this.#channels.message,
      this.#clock,
      ({ inputName }) => inputName ?? "",
    );
    return this.#messages;
  }

  get methods(): ReceiveQueue<MethodRequest> {
    this.#methods ??= new ReceiveQueue(this.#channels.methodRequest, this.#clock, ({ name }) => name);
    return this.#methods;
  }

  get patches(): ReceiveQueue<JsonObject> {
    this.#patches ??= new ReceiveQueue(this.#channels.twinDesiredPropertiesPatch, this.#clock, () => "");
    return this.#patches;
  }

  /** The connection is gone: the hub does not wait for answers to calls that nobody has fetched. */
  forgetCalls(): void {
    this.#methods?.clear();
  }

  /** Ends every wait with an error. */
  close(error: Error): void {
    for (const queue of [this.#messages, this.#methods, this.#patches]) queue?.close(error);
  }
}
