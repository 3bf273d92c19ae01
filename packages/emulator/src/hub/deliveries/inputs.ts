import { type Clock, decodePropertyBag } from "@isohub/core/internal";
import type { Store } from "../../store/store.ts";
import type { EventFeed } from "../events/event-feed.ts";
import type { DeliveryOutcome } from "../events/events.ts";
import { HubError } from "../hub-error.ts";
import type { Identity } from "../identities/identity.ts";
import type { Registry } from "../identities/registry.ts";
import type { Session } from "../sessions/session.ts";
import { maxTelemetryBytes, messageSize } from "../telemetry/telemetry-message.ts";
import { DeliveryQueues } from "./delivery-queues.ts";
import { EdgeRoutes } from "./edge-routes.ts";
import {
  forwardMessage,
  type InputMessage,
  type InputOptions,
  makeInputMessage,
  type SentMessage,
} from "./input-message.ts";
import type { DeliveryRules, QueueItem, WaitingMessages } from "./queued-message.ts";

/** A message that waits for a module, as readers of the queue see it. */
export type InputQueueItem = QueueItem & { readonly inputName: string };

// A gateway writes its queues to disk. This one bounds memory, and the packet ids in use.
const maxQueueDepth = 10_000;

/** Messages to the inputs of modules: from `send`, or from an output of another module over a route. */
export class Inputs {
  readonly routes: EdgeRoutes;
  readonly #clock: Clock;
  readonly #registry: Registry;
  readonly #events: EventFeed;
  readonly #queues: DeliveryQueues<InputMessage>;

  constructor(
    clock: Clock,
    store: Store,
    registry: Registry,
    events: EventFeed,
    { lockSeconds }: DeliveryRules,
  ) {
    this.#clock = clock;
    this.#registry = registry;
    this.#events = events;
    this.routes = new EdgeRoutes(store, registry);
    this.#queues = new DeliveryQueues({
      clock,
      store,
      kind: "inputs",
      // A gateway doesn't limit the number of deliveries.
      rules: { lockSeconds, maxDeliveryCount: Number.POSITIVE_INFINITY },
      reports: (identity) => ({
        delivered: ({ inputName, messageId }, deliveryCount) =>
          events.emit("inputDelivered", identity, { inputName, messageId, deliveryCount }),
        settled: (message, outcome) => this.#completed(identity, message, outcome),
        ackIgnored: (packetId) => events.emit("inputAckIgnored", identity, { packetId }),
      }),
    });
  }

  /** @throws {HubError} ModuleNotFound, ArgumentInvalid, MessageTooLarge, DeviceMaximumQueueDepthExceeded */
  send(
    target: Required<Identity>,
    inputName: string,
    body: string | Uint8Array | object,
    options: InputOptions = {},
  ): { messageId: string } {
    this.#registry.require(target);
    const message = makeInputMessage(target, inputName, body, options, this.#clock.now());
    if (!this.#enqueue(target, message)) {
      throw new HubError(
        "DeviceMaximumQueueDepthExceeded",
        `The queue depth of ${maxQueueDepth} messages is reached.`,
      );
    }
    return { messageId: message.messageId };
  }

  /** Forwards a message that an output has sent, if there is a route for it. All other messages are for the hub. */
  route(from: Identity, sent: SentMessage): "routed" | "tooLarge" | "notRouted" {
    if (from.moduleId === undefined) return "notRouted";
    const bag = decodePropertyBag(sent.bag);
    const output = bag.find(([key]) => key === "$.on")?.[1];
    const targets = output ? this.routes.targets(from, output) : [];
    if (targets.length === 0) return "notRouted";
    if (messageSize(sent.body, bag) > maxTelemetryBytes) return "tooLarge";
    for (const { moduleId, input } of targets) {
      const target = { deviceId: from.deviceId, moduleId };
      const forwarded = forwardMessage(from, target, input, sent, this.#clock.now());
      if (!this.#enqueue(target, forwarded)) this.#completed(target, forwarded, "Rejected");
    }
    return "routed";
  }

  /** Returns the messages that wait for a module, for a client that fetches them. */
  waitingFor(identity: Identity): WaitingMessages {
    return this.#queues.waitingFor(identity);
  }

  attach(session: Session, qos: 0 | 1): void {
    this.#queues.attach(session, qos);
  }

  detach(session: Session, lost: boolean): void {
    this.#queues.detach(session, lost);
  }

  acknowledge(session: Session, packetId: number): void {
    this.#queues.acknowledge(session, packetId);
  }

  /** Returns the messages that wait for a module, oldest first. */
  list(identity: Identity): InputQueueItem[] {
    return this.#queues.list(identity).map(([item, { inputName }]) => ({ ...item, inputName }));
  }

  /** Purges and removes the queue of a module that is about to be deleted, and its routes. */
  forget(identity: Identity): void {
    this.#queues.forget(identity);
    this.routes.forget(identity);
  }

  close(): void {
    this.#queues.close();
  }

  #enqueue(target: Identity, message: InputMessage): boolean {
    if (this.#queues.count(target) >= maxQueueDepth) return false;
    const { inputName, messageId } = message;
    this.#events.emit("inputEnqueued", target, { inputName, messageId });
    this.#queues.enqueue(target, message);
    return true;
  }

  #completed(identity: Identity, { inputName, messageId }: InputMessage, outcome: DeliveryOutcome): void {
    this.#events.emit("inputCompleted", identity, { inputName, messageId, outcome });
  }
}
