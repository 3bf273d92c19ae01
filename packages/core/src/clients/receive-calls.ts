import type { SubscriptionName } from "../connection/dialect.ts";
import { ClientError, mustBe } from "../errors.ts";
import type { Channel } from "../events/channel.ts";
import { type ReceiveOptions, ReceiveQueue } from "../events/receive-queue.ts";
import type { ReceivedMessage } from "../messages/message.ts";
import type { MethodRequest } from "../methods/method.ts";
import type { Clock } from "../util/clock.ts";
import { checkOptions, type OperationOptions } from "../util/deadline.ts";
import type { ClientChannels, TwinPatch } from "./client-events.ts";

/** The parts of a client that its `receive…` calls use. */
export interface ReceivingCore {
  readonly clock: Clock;
  readonly channels: ClientChannels;
  readonly setup: { readonly kind: "device" | "module" };
  readonly connection: {
    link(operation: string, signal: AbortSignal, subscription: SubscriptionName): Promise<unknown>;
  };
  readonly usesHandlers: boolean;
  receiveCalls: ReceiveCalls | undefined;
  ensureOpen(): void;
  withDeadline<R>(
    operation: string,
    options: OperationOptions,
    run: (signal: AbortSignal) => Promise<R>,
  ): Promise<R>;
}

/**
 * Returns operation serves a client's `receive…` calls.
 *
 * @throws {ClientError} `shut_down`; `mode_conflict`: handlers have been set
 */
export function receiveCallsOf(core: ReceivingCore): ReceiveCalls {
  core.ensureOpen();
  if (core.usesHandlers) {
    throw new ClientError(
      "mode_conflict",
      "Cannot use receive APIs - receive handler(s) have already been set",
      { remediation: "Use one of them per client" },
    );
  }
  core.receiveCalls ??= new ReceiveCalls(core);
  return core.receiveCalls;
}

/** The queues that a client's `receive…` calls fetch from. Each is created with its first call. */
export class ReceiveCalls {
  readonly #core: ReceivingCore;
  #messages: ReceiveQueue<ReceivedMessage> | undefined;
  #methodRequests: ReceiveQueue<MethodRequest> | undefined;
  #patches: ReceiveQueue<TwinPatch> | undefined;

  constructor(core: ReceivingCore) {
    this.#core = core;
  }

  /** @param inputName - of a module; messages of other inputs are kept */
  message(inputName: string | undefined, options: ReceiveOptions): Promise<ReceivedMessage | undefined> {
    const { channels, setup } = this.#core;
    this.#messages ??= this.#queue(channels.of("message"), (message) => message.inputName ?? "");
    return this.#fetch(this.#messages, inputName, setup.kind === "device" ? "c2d" : "inputs", options);
  }

  methodRequest(name: string | undefined, options: ReceiveOptions): Promise<MethodRequest | undefined> {
    this.#methodRequests ??= this.#queue(this.#core.channels.of("methodRequest"), (request) => request.name);
    return this.#fetch(this.#methodRequests, name, "methods", options);
  }

  patch(options: ReceiveOptions): Promise<TwinPatch | undefined> {
    this.#patches ??= this.#queue(this.#core.channels.of("twinDesiredPropertiesPatch"), () => "");
    return this.#fetch(this.#patches, undefined, "twinPatches", options);
  }

  /** Forgets the calls that weren't fetched: the connection is lost, and the hub no longer waits for their responses. */
  forgetMethodRequests(): void {
    this.#methodRequests?.clear();
  }

  /** Ends every wait with an error. */
  close(error: Error): void {
    for (const queue of [this.#messages, this.#methodRequests, this.#patches]) queue?.close(error);
  }

  #queue<V>(channel: Channel<V>, keyOf: (value: V) => string): ReceiveQueue<V> {
    return new ReceiveQueue(channel, this.#core.clock, keyOf);
  }

  /** Fetches from a queue once the hub has confirmed its subscription. */
  async #fetch<V>(
    queue: ReceiveQueue<V>,
    key: string | undefined,
    subscription: SubscriptionName,
    options: ReceiveOptions,
  ): Promise<V | undefined> {
    checkOptions(options);
    const { timeout, signal } = options;
    if (timeout !== undefined && !(typeof timeout === "number" && timeout >= 0))
      throw mustBe("timeout", timeout, "a number of seconds, 0 or more");
    queue.reserve(key);
    const operation = "Subscribing";
    await this.#core.withDeadline(operation, { signal }, (inner) =>
      this.#core.connection.link(operation, inner, subscription),
    );
    return queue.receive(key, options);
  }
}
