import type { Clock } from "@isohub/core/internal";
import { type C2dMessage, type C2dOptions, makeC2dMessage } from "./c2d-message.ts";
import { isoTime } from "./clock.ts";
import { DeliveryQueue, type DeliveryRules, type QueueItem } from "./delivery-queue.ts";
import type { EventFeed } from "./event-feed.ts";
import type { DeliveryOutcome } from "./events.ts";
import { HubError } from "./hub-error.ts";
import type { Registry } from "./registry.ts";
import type { Session } from "./session.ts";

/** What the sender of a message is told about its end, as in the body of a feedback message. */
export interface FeedbackRecord {
  readonly originalMessageId: string;
  readonly enqueuedTimeUtc: string;
  readonly statusCode: DeliveryOutcome;
  readonly description: string;
  readonly deviceId: string;
  readonly deviceGenerationId: string;
}

/** How many messages one device may have waiting. */
const maxQueueDepth = 50;
// Feedback that nobody reads must not grow for ever.
const keptFeedback = 10_000;

/** Cloud-to-device messages of all devices. */
export class C2d {
  readonly #clock: Clock;
  readonly #registry: Registry;
  readonly #events: EventFeed;
  readonly #rules: DeliveryRules;
  readonly #queues = new Map<string, DeliveryQueue<C2dMessage>>();
  readonly #feedback: FeedbackRecord[] = [];

  constructor(clock: Clock, registry: Registry, events: EventFeed, rules: DeliveryRules) {
    this.#clock = clock;
    this.#registry = registry;
    this.#events = events;
    this.#rules = rules;
  }

  /** @throws {HubError} DeviceNotFound, ArgumentInvalid, MessageTooLarge, DeviceMaximumQueueDepthExceeded */
  send(
    deviceId: string,
    body: string | Uint8Array | object,
    options: C2dOptions = {},
  ): { messageId: string } {
    this.#registry.require({ deviceId });
    const message = makeC2dMessage(deviceId, body, options, this.#clock.now());
    const queue = this.#queue(deviceId);
    if (queue.length >= maxQueueDepth) {
      throw new HubError(
        "DeviceMaximumQueueDepthExceeded",
        `The device queue depth of ${maxQueueDepth} messages is reached.`,
      );
    }
    this.#events.emit("c2dEnqueued", { deviceId }, { messageId: message.messageId });
    queue.enqueue(message);
    return { messageId: message.messageId };
  }

  attach(session: Session, qos: 0 | 1): void {
    this.#queue(session.identity.deviceId).attach(session, qos);
  }

  detach(session: Session, lost: boolean): void {
    this.#queues.get(session.identity.deviceId)?.detach(session, lost);
  }

  acknowledge(session: Session, packetId: number): void {
    this.#queue(session.identity.deviceId).acknowledge(session, packetId);
  }

  /** The messages that wait for a device, oldest first. */
  list(deviceId: string): QueueItem[] {
    return (
      this.#queues
        .get(deviceId)
        ?.list()
        .map(([item]) => item) ?? []
    );
  }

  count(deviceId: string): number {
    return this.#queues.get(deviceId)?.length ?? 0;
  }

  purge(deviceId: string): number {
    return this.#queues.get(deviceId)?.purge() ?? 0;
  }

  /** Purges and forgets the queue of a device that is about to be deleted. */
  forget(deviceId: string): void {
    const queue = this.#queues.get(deviceId);
    queue?.purge();
    queue?.close();
    this.#queues.delete(deviceId);
  }

  /** What senders asked to be told, oldest first. */
  feedback(): FeedbackRecord[] {
    return [...this.#feedback];
  }

  close(): void {
    for (const queue of this.#queues.values()) queue.close();
  }

  #queue(deviceId: string): DeliveryQueue<C2dMessage> {
    const known = this.#queues.get(deviceId);
    if (known !== undefined) return known;
    const queue = new DeliveryQueue<C2dMessage>(this.#clock, this.#rules, {
      delivered: ({ messageId }, deliveryCount) =>
        this.#events.emit("c2dDelivered", { deviceId }, { messageId, deliveryCount }),
      settled: (message, outcome, enqueuedAt) => this.#settled(deviceId, message, outcome, enqueuedAt),
      ackIgnored: (packetId) => this.#events.emit("c2dAckIgnored", { deviceId }, { packetId }),
    });
    this.#queues.set(deviceId, queue);
    return queue;
  }

  #settled(deviceId: string, message: C2dMessage, outcome: DeliveryOutcome, enqueuedAt: number): void {
    this.#events.emit("c2dCompleted", { deviceId }, { messageId: message.messageId, outcome });
    const wanted =
      message.ack === "full" ||
      (message.ack === "positive" && outcome === "Success") ||
      (message.ack === "negative" && outcome !== "Success");
    if (!wanted) return;
    this.#feedback.push({
      originalMessageId: message.messageId,
      enqueuedTimeUtc: isoTime(enqueuedAt),
      statusCode: outcome,
      description: outcome,
      deviceId,
      deviceGenerationId: this.#registry.find({ deviceId })?.generationId ?? "",
    });
    if (this.#feedback.length > keptFeedback) this.#feedback.shift();
  }
}
