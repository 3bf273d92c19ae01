import type { Clock } from "@isohub/core/internal";
import type { Table } from "../../store/store.ts";
import type { DeliveryOutcome } from "../events/events.ts";

/** The hub's rules for messages that are not acknowledged. */
export interface DeliveryRules {
  /** The time that a delivered message waits for its PUBACK, in seconds. */
  readonly lockSeconds: number;
  /** The number of deliveries after which a message is given up. */
  readonly maxDeliveryCount: number;
}

/** A message on its way to an identity. */
export interface QueuedMessage {
  readonly messageId: string;
  readonly topic: string;
  readonly body: Uint8Array;
  /** In milliseconds since 1970. */
  readonly expiresAt: number;
}

/** A waiting message, as readers of a queue see it. */
export interface QueueItem {
  readonly messageId: string;
  readonly enqueuedTime: string;
  readonly expiryTime: string;
  readonly deliveryCount: number;
  /** Whether it was delivered and is not acknowledged yet. */
  readonly locked: boolean;
  readonly lockedUntil?: string;
}

/** Callbacks of a queue. */
export interface DeliveryReports<Message> {
  delivered(message: Message, deliveryCount: number): void;
  settled(message: Message, outcome: DeliveryOutcome, enqueuedAt: number): void;
  ackIgnored(packetId: number): void;
}

/** A waiting message, as it is stored. A lock isn't stored: it ends with the connection, so no restart outlives it. */
export interface StoredMessage<Message> {
  readonly message: Message;
  readonly enqueuedAt: number;
  /** One id for the life of the message, so that a redelivery has the id of the first delivery, as MQTT demands. */
  readonly packetId: number;
  readonly deliveryCount: number;
}

/** Options of a {@link DeliveryQueue}. */
export interface DeliveryQueueOptions<Message> {
  readonly clock: Clock;
  readonly rules: DeliveryRules;
  readonly reports: DeliveryReports<Message>;
  /** Holds the messages of this queue, and of others. */
  readonly table: Table<StoredMessage<Message>>;
  /** The kind of the messages, as identities subscribe to it. */
  readonly kind: "c2d" | "inputs";
}

/** A message that a client has fetched and must settle. */
export interface FetchedMessage<Message> {
  readonly message: Message;
  readonly enqueuedAt: number;
  /** One id for the life of the message. */
  readonly sequenceNumber: number;
  readonly deliveryCount: number;
  readonly lockToken: string;
}

/** The messages that wait for one identity, for a client that fetches them. */
export interface WaitingMessages {
  readonly count: number;
  /** Locks the oldest message; `undefined` if there is none. */
  fetch(): FetchedMessage<QueuedMessage> | undefined;
  /** Settles a fetched message, unless its lock has run out. */
  settle(lockToken: string, settlement: Settlement): void;
  /** Calls `listener` when a message arrives. Returns a function that stops it. */
  onEnqueued(listener: () => void): () => void;
}

/** The ways to settle a fetched message: it is done, delivered again, or given up. */
export type Settlement = "complete" | "abandon" | "reject";
