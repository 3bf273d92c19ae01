import { setTimerAt, type Timer } from "@isohub/core/internal";
import { isoTime } from "../clock.ts";
import type { DeliveryOutcome } from "../events/events.ts";
import type { Session } from "../sessions/session.ts";
import type {
  DeliveryQueueOptions,
  FetchedMessage,
  QueuedMessage,
  QueueItem,
  Settlement,
  StoredMessage,
} from "./queued-message.ts";

interface Entry<Message> {
  readonly key: string;
  stored: StoredMessage<Message>;
  lockedUntil: number | undefined;
  /** Set while a client that fetches messages holds the lock. */
  lockToken?: string | undefined;
}

/**
 * The messages that wait for one identity, in order. A delivered message is locked until its PUBACK. When the lock runs
 * out or the connection ends, it is delivered again, with DUP, up to the maximum delivery count.
 *
 * @source IoT Hub documentation, "Send cloud-to-device messages from an IoT hub", message life cycle
 */
export class DeliveryQueue<Message extends QueuedMessage> {
  readonly #options: DeliveryQueueOptions<Message>;
  #entries: Entry<Message>[] = [];
  // Sent on this connection and not acknowledged, oldest first.
  #inFlight: Entry<Message>[] = [];
  readonly #packetIds = new Set<number>();
  // The session whose acknowledgements count, and the QoS of its subscription, if it has one.
  #session: Session | undefined;
  #qos: 0 | 1 | undefined;
  #timer: { readonly at: number; readonly handle: Timer } | undefined;
  #lastPacketId = 0;

  constructor(options: DeliveryQueueOptions<Message>) {
    this.#options = options;
  }

  get length(): number {
    return this.#entries.length;
  }

  /** Appends a message under a new key of the table. The owner bounds the length: there are 65,535 packet ids. */
  enqueue(key: string, message: Message): void {
    const now = this.#options.clock.now();
    const stored = { message, enqueuedAt: now, packetId: this.#nextPacketId(), deliveryCount: 0 };
    const entry = { key, stored, lockedUntil: undefined };
    this.#options.table.set(key, stored);
    this.#entries.push(entry);
    this.#offer(entry, now);
    this.#schedule([entry]);
  }

  /** Appends a message that is in the table already. */
  restore(key: string, stored: StoredMessage<Message>): void {
    const entry = { key, stored, lockedUntil: undefined };
    this.#lastPacketId = stored.packetId;
    this.#packetIds.add(stored.packetId);
    this.#entries.push(entry);
    this.#schedule([entry]);
  }

  /** Delivers to this session from now on. */
  attach(session: Session, qos: 0 | 1): void {
    if (this.#session !== session) this.#unlockAll();
    this.#session = session;
    this.#qos = qos;
    this.#pump();
  }

  /** Stops delivering. If the connection is `lost`, the messages it has not acknowledged are unlocked. */
  detach(session: Session, lost: boolean): void {
    if (this.#session !== session) return;
    this.#qos = undefined;
    if (!lost) return;
    this.#session = undefined;
    this.#unlockAll();
    this.#pump();
  }

  /** Handles a PUBACK. PUBACKs arrive in the order of delivery; one out of order settles nothing. */
  acknowledge(session: Session, packetId: number): void {
    const oldest = this.#inFlight[0];
    if (this.#session !== session || oldest?.stored.packetId !== packetId) {
      this.#options.reports.ackIgnored(packetId);
      return;
    }
    this.#settle(oldest, "Success");
    // The timer may be early now, which does no harm; but an empty queue must leave no timer behind.
    if (this.#entries.length === 0) this.#cancelTimer();
  }

  /** Locks the oldest message for a client that isn't attached, and returns it; `undefined` if none is waiting. */
  fetch(): FetchedMessage<Message> | undefined {
    const now = this.#options.clock.now();
    for (const entry of [...this.#entries]) {
      if (entry.lockedUntil !== undefined || this.#giveUp(entry, now)) continue;
      const deliveryCount = this.#count(entry, now);
      entry.lockToken = crypto.randomUUID();
      this.#schedule([entry]);
      const { message, enqueuedAt, packetId: sequenceNumber } = entry.stored;
      this.#options.reports.delivered(message, deliveryCount);
      return { message, enqueuedAt, sequenceNumber, deliveryCount, lockToken: entry.lockToken };
    }
    return undefined;
  }

  /** Settles a fetched message. Returns false if its lock has run out. */
  settle(lockToken: string, settlement: Settlement): boolean {
    const now = this.#options.clock.now();
    const entry = this.#entries.find((one) => one.lockToken === lockToken);
    if (entry?.lockedUntil === undefined || entry.lockedUntil <= now) return false;
    if (settlement === "abandon") {
      entry.lockedUntil = entry.lockToken = undefined;
      this.#offer(entry, now);
      this.#schedule([entry]);
    } else this.#settle(entry, settlement === "complete" ? "Success" : "Rejected");
    return true;
  }

  /** Deletes all messages and returns their number. */
  purge(): number {
    const entries = [...this.#entries];
    for (const entry of entries) this.#settle(entry, "Purged");
    this.#cancelTimer();
    return entries.length;
  }

  /** Returns the waiting messages, oldest first. */
  list(): [item: QueueItem, message: Message][] {
    return this.#entries.map(({ stored: { message, enqueuedAt, deliveryCount }, lockedUntil }) => [
      {
        messageId: message.messageId,
        enqueuedTime: isoTime(enqueuedAt),
        expiryTime: isoTime(message.expiresAt),
        deliveryCount,
        locked: lockedUntil !== undefined,
        ...(lockedUntil === undefined ? {} : { lockedUntil: isoTime(lockedUntil) }),
      },
      message,
    ]);
  }

  /** Stops delivering and expiring. The messages stay in the table. */
  close(): void {
    this.#cancelTimer();
    this.#session = undefined;
    this.#qos = undefined;
  }

  #pump(): void {
    const now = this.#options.clock.now();
    for (const entry of this.#entries) {
      if ((entry.lockedUntil ?? 0) <= now) entry.lockedUntil = entry.lockToken = undefined;
    }
    this.#inFlight = this.#inFlight.filter(({ lockedUntil }) => lockedUntil !== undefined);
    for (const entry of [...this.#entries]) if (entry.lockedUntil === undefined) this.#offer(entry, now);
    this.#cancelTimer();
    this.#schedule(this.#entries);
  }

  #offer(entry: Entry<Message>, now: number): void {
    // A callback may have changed the queue in the meantime.
    if (this.#packetIds.has(entry.stored.packetId) && !this.#giveUp(entry, now)) this.#deliver(entry, now);
  }

  #giveUp(entry: Entry<Message>, now: number): boolean {
    const { message, deliveryCount } = entry.stored;
    const isExceeded = deliveryCount >= this.#options.rules.maxDeliveryCount;
    if (!isExceeded && message.expiresAt > now) return false;
    this.#settle(entry, isExceeded ? "DeliveryCountExceeded" : "Expired");
    return true;
  }

  // Stored first, so that a restart counts this delivery.
  #count(entry: Entry<Message>, now: number): number {
    const deliveryCount = entry.stored.deliveryCount + 1;
    entry.stored = { ...entry.stored, deliveryCount };
    this.#options.table.set(entry.key, entry.stored);
    entry.lockedUntil = now + this.#options.rules.lockSeconds * 1000;
    return deliveryCount;
  }

  #deliver(entry: Entry<Message>, now: number): void {
    const [session, qos] = [this.#session, this.#qos];
    if (session === undefined || qos === undefined) return;
    if (!session.subscriptions.matches(this.#options.kind, entry.stored.message.topic)) return;
    const { message, packetId } = entry.stored;
    const deliveryCount = this.#count(entry, now);
    const dup = qos === 1 && deliveryCount > 1;
    session.connection.send(message.topic, message.body, {
      qos,
      dup,
      ...(qos === 1 ? { messageId: packetId } : {}),
    });
    this.#options.reports.delivered(message, deliveryCount);
    if (qos === 0) this.#settle(entry, "Success");
    else if (this.#session === session) this.#inFlight.push(entry);
    // Sending has ended the connection.
    else entry.lockedUntil = undefined;
  }

  #unlockAll(): void {
    for (const entry of this.#inFlight) entry.lockedUntil = undefined;
    this.#inFlight = [];
  }

  #settle(entry: Entry<Message>, outcome: DeliveryOutcome): void {
    const { message, packetId, enqueuedAt } = entry.stored;
    remove(this.#inFlight, entry);
    remove(this.#entries, entry);
    this.#packetIds.delete(packetId);
    this.#options.table.delete(entry.key);
    this.#options.reports.settled(message, outcome, enqueuedAt);
  }

  // One timer for the next lock that runs out or message that expires.
  #schedule(entries: readonly Entry<Message>[]): void {
    let at = Number.POSITIVE_INFINITY;
    for (const { stored, lockedUntil } of entries) {
      if (this.#packetIds.has(stored.packetId)) at = Math.min(at, lockedUntil ?? stored.message.expiresAt);
    }
    if (at >= (this.#timer?.at ?? Number.POSITIVE_INFINITY)) return;
    this.#cancelTimer();
    this.#timer = { at, handle: setTimerAt(this.#options.clock, at, () => this.#pump()) };
  }

  #cancelTimer(): void {
    this.#timer?.handle.cancel();
    this.#timer = undefined;
  }

  #nextPacketId(): number {
    do this.#lastPacketId = (this.#lastPacketId % 65_535) + 1;
    while (this.#packetIds.has(this.#lastPacketId));
    this.#packetIds.add(this.#lastPacketId);
    return this.#lastPacketId;
  }
}

// The removed item is nearly always the first.
function remove<T>(list: T[], item: T): void {
  const at = list.indexOf(item);
  if (at >= 0) list.splice(at, 1);
}
