import type { Clock } from "@isohub/core/internal";
import type { Log, Store } from "../../store/store.ts";
import { isoTime } from "../clock.ts";
import type { EventFeed } from "../events/event-feed.ts";
import type { DeliveryOutcome } from "../events/events.ts";
import { HubError } from "../hub-error.ts";
import type { Registry } from "../identities/registry.ts";
import type { Session } from "../sessions/session.ts";
import { type C2dMessage, type C2dOptions, makeC2dMessage } from "./c2d-message.ts";
import { DeliveryQueues } from "./delivery-queues.ts";
import { NotificationQueue } from "./notification-queue.ts";
import type {
  DeliveryRules,
  FetchedMessage,
  QueueItem,
  Settlement,
  WaitingMessages,
} from "./queued-message.ts";

/** The feedback for a message: its outcome, as in the body of a feedback message. */
export interface FeedbackRecord {
  readonly originalMessageId: string;
  readonly enqueuedTimeUtc: string;
  readonly statusCode: DeliveryOutcome;
  readonly description: string;
  readonly deviceId: string;
  readonly deviceGenerationId: string;
}

/** The largest number of messages that wait for one device. */
const maxQueueDepth = 50;
// Bounds the memory of feedback that no one reads.
const keptFeedback = 10_000;

/** The cloud-to-device messages of all devices. */
export class C2d {
  /** The feedback that services receive. */
  readonly feedbackQueue: NotificationQueue<FeedbackRecord>;
  readonly #clock: Clock;
  readonly #registry: Registry;
  readonly #events: EventFeed;
  readonly #queues: DeliveryQueues<C2dMessage>;
  readonly #feedback: Log<FeedbackRecord>;

  constructor(clock: Clock, store: Store, registry: Registry, events: EventFeed, rules: DeliveryRules) {
    this.#clock = clock;
    this.#registry = registry;
    this.#events = events;
    this.#feedback = store.log("feedback", keptFeedback);
    this.feedbackQueue = new NotificationQueue(clock, store, "feedbackQueue");
    this.#queues = new DeliveryQueues({
      clock,
      store,
      kind: "c2d",
      rules,
      reports: ({ deviceId }) => ({
        delivered: ({ messageId }, deliveryCount) =>
          events.emit("c2dDelivered", { deviceId }, { messageId, deliveryCount }),
        settled: (message, outcome, enqueuedAt) => this.#settled(deviceId, message, outcome, enqueuedAt),
        ackIgnored: (packetId) => events.emit("c2dAckIgnored", { deviceId }, { packetId }),
      }),
    });
  }

  /** @throws {HubError} DeviceNotFound, ArgumentInvalid, MessageTooLarge, DeviceMaximumQueueDepthExceeded */
  send(
    deviceId: string,
    body: string | Uint8Array | object,
    options: C2dOptions = {},
  ): { messageId: string } {
    this.#registry.require({ deviceId });
    const message = makeC2dMessage(deviceId, body, options, this.#clock.now());
    if (this.#queues.count({ deviceId }) >= maxQueueDepth) {
      throw new HubError(
        "DeviceMaximumQueueDepthExceeded",
        `The device queue depth of ${maxQueueDepth} messages is reached.`,
      );
    }
    this.#events.emit("c2dEnqueued", { deviceId }, { messageId: message.messageId });
    this.#queues.enqueue({ deviceId }, message);
    return { messageId: message.messageId };
  }

  /** Returns the messages that wait for a device, for a client that fetches them. */
  waitingFor(deviceId: string): WaitingMessages {
    return this.#queues.waitingFor({ deviceId });
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

  /** Locks the oldest message that waits for a device, for a device that fetches messages; `undefined` if there is none. */
  fetch(deviceId: string): FetchedMessage<C2dMessage> | undefined {
    return this.#queues.fetch({ deviceId });
  }

  /** Settles a message that a device has fetched. @throws {HubError} DeviceMessageLockLost */
  settle(deviceId: string, lockToken: string, settlement: Settlement): void {
    if (this.#queues.settle({ deviceId }, lockToken, settlement)) return;
    throw new HubError("DeviceMessageLockLost", "The message is no longer locked by this lock token.");
  }

  /** Returns the messages that wait for a device, oldest first. */
  list(deviceId: string): QueueItem[] {
    return this.#queues.list({ deviceId }).map(([item]) => item);
  }

  count(deviceId: string): number {
    return this.#queues.count({ deviceId });
  }

  /** Deletes the messages that wait for a device and returns their number. */
  purge(deviceId: string): number {
    return this.#queues.purge({ deviceId });
  }

  /** Purges and removes the queue of a device that is about to be deleted. */
  forget(deviceId: string): void {
    this.#queues.forget({ deviceId });
  }

  /** Returns the feedback that senders have requested, oldest first. */
  feedback(): FeedbackRecord[] {
    return this.#feedback.read().map(([, record]) => record);
  }

  close(): void {
    this.#queues.close();
    this.feedbackQueue.close();
  }

  #settled(deviceId: string, message: C2dMessage, outcome: DeliveryOutcome, enqueuedAt: number): void {
    this.#events.emit("c2dCompleted", { deviceId }, { messageId: message.messageId, outcome });
    const requested =
      message.ack === "full" ||
      (message.ack === "positive" && outcome === "Success") ||
      (message.ack === "negative" && outcome !== "Success");
    if (!requested) return;
    const record: FeedbackRecord = {
      originalMessageId: message.messageId,
      enqueuedTimeUtc: isoTime(enqueuedAt),
      statusCode: outcome,
      description: outcome,
      deviceId,
      deviceGenerationId: this.#registry.find({ deviceId })?.generationId ?? "",
    };
    this.#feedback.append(record);
    this.feedbackQueue.enqueue(record);
  }
}
