import { type Clock, decodePropertyBag } from "@isohub/core/internal";
import { DeliveryQueue, type DeliveryRules, type QueueItem } from "./delivery-queue.ts";
import { EdgeRoutes } from "./edge-routes.ts";
import type { EventFeed } from "./event-feed.ts";
import type { DeliveryOutcome } from "./events.ts";
import { HubError } from "./hub-error.ts";
import { type Identity, identityKey } from "./identity.ts";
import {
  handOn,
  type InputMessage,
  type InputOptions,
  makeInputMessage,
  type SentMessage,
} from "./input-message.ts";
import type { Registry } from "./registry.ts";
import type { Session } from "./session.ts";
import { maxTelemetryBytes, messageSize } from "./telemetry.ts";

/** A message that waits for a module, for those who look at the queue. */
export type InputQueueItem = QueueItem & { readonly inputName: string };

// A gateway writes to a disk; this bounds memory, and packet ids.
const maxQueueDepth = 10_000;

/** Messages to the inputs of modules: sent by hand, or by an output of another module over a route. */
export class Inputs {
  readonly routes: EdgeRoutes;
  readonly #clock: Clock;
  readonly #registry: Registry;
  readonly #events: EventFeed;
  readonly #rules: DeliveryRules;
  readonly #queues = new Map<string, DeliveryQueue<InputMessage>>();

  constructor(clock: Clock, registry: Registry, events: EventFeed, { lockSeconds }: DeliveryRules) {
    this.#clock = clock;
    this.#registry = registry;
    this.#events = events;
    // A gateway does not count how often it has tried.
    this.#rules = { lockSeconds, maxDeliveryCount: Number.POSITIVE_INFINITY };
    this.routes = new EdgeRoutes(registry);
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

  /** Hands a message on, if it was sent by an output and a route takes it; one that none takes is for the hub. */
  route(from: Identity, sent: SentMessage): "routed" | "tooLarge" | "notRouted" {
    if (from.moduleId === undefined) return "notRouted";
    const bag = decodePropertyBag(sent.bag);
    const output = bag.find(([key]) => key === "$.on")?.[1];
    const targets = output ? this.routes.targets(from, output) : [];
    if (targets.length === 0) return "notRouted";
    if (messageSize(sent.body, bag) > maxTelemetryBytes) return "tooLarge";
    for (const { moduleId, input } of targets) {
      const target = { deviceId: from.deviceId, moduleId };
      const handed = handOn(from, target, input, sent, this.#clock.now());
      if (!this.#enqueue(target, handed)) this.#completed(target, handed, "Rejected");
    }
    return "routed";
  }

  attach(session: Session, qos: 0 | 1): void {
    this.#queue(session.identity).attach(session, qos);
  }

  detach(session: Session, lost: boolean): void {
    this.#queues.get(session.key)?.detach(session, lost);
  }

  acknowledge(session: Session, packetId: number): void {
    this.#queue(session.identity).acknowledge(session, packetId);
  }

  /** The messages that wait for a module, oldest first. */
  list(identity: Identity): InputQueueItem[] {
    const items = this.#queues.get(identityKey(identity))?.list() ?? [];
    return items.map(([item, { inputName }]) => ({ ...item, inputName }));
  }

  /** Purges and forgets what waits for a module that is about to be deleted, and its routes. */
  forget(identity: Identity): void {
    const key = identityKey(identity);
    const queue = this.#queues.get(key);
    queue?.purge();
    queue?.close();
    this.#queues.delete(key);
    this.routes.forget(identity);
  }

  close(): void {
    for (const queue of this.#queues.values()) queue.close();
  }

  #enqueue(target: Identity, message: InputMessage): boolean {
    const queue = this.#queue(target);
    if (queue.length >= maxQueueDepth) return false;
    const { inputName, messageId } = message;
    this.#events.emit("inputEnqueued", target, { inputName, messageId });
    queue.enqueue(message);
    return true;
  }

  #queue(identity: Identity): DeliveryQueue<InputMessage> {
    const key = identityKey(identity);
    const known = this.#queues.get(key);
    if (known !== undefined) return known;
    const queue = new DeliveryQueue<InputMessage>(this.#clock, this.#rules, {
      delivered: ({ inputName, messageId }, deliveryCount) =>
        this.#events.emit("inputDelivered", identity, { inputName, messageId, deliveryCount }),
      settled: (message, outcome) => this.#completed(identity, message, outcome),
      ackIgnored: (packetId) => this.#events.emit("inputAckIgnored", identity, { packetId }),
    });
    this.#queues.set(key, queue);
    return queue;
  }

  #completed(identity: Identity, { inputName, messageId }: InputMessage, outcome: DeliveryOutcome): void {
    this.#events.emit("inputCompleted", identity, { inputName, messageId, outcome });
  }
}
