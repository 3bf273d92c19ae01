import { type Clock, setTimerAt, type Timer } from "@isohub/core/internal";
import { isoTime } from "./clock.ts";
import type { DeliveryOutcome } from "./events.ts";
import type { Session } from "./session.ts";

/** How the hub treats messages that are not acknowledged. */
export interface DeliveryRules {
  /** How long a delivered message waits for its PUBACK, in seconds. */
  readonly lockSeconds: number;
  /** After how many deliveries it is given up. */
  readonly maxDeliveryCount: number;
}

/** A message on its way to an identity. */
export interface QueuedMessage {
  readonly messageId: string;
  readonly topic: string;
  readonly body: Uint8Array;
  /** When it dies, in milliseconds since 1970. */
  readonly expiresAt: number;
}

/** A waiting message, for those who look at the queue. */
export interface QueueItem {
  readonly messageId: string;
  readonly enqueuedTime: string;
  readonly expiryTime: string;
  readonly deliveryCount: number;
  /** Delivered and not acknowledged yet. */
  readonly locked: boolean;
  readonly lockedUntil?: string;
}

/** What a queue tells its owner. */
export interface DeliveryReports<Message> {
  delivered(message: Message, deliveryCount: number): void;
  settled(message: Message, outcome: DeliveryOutcome, enqueuedAt: number): void;
  ackIgnored(packetId: number): void;
}

interface Entry<Message> {
  readonly message: Message;
  readonly enqueuedAt: number;
  // One id for the life of the message, so that a redelivery carries the id of the first try, as MQTT asks.
  readonly packetId: number;
  deliveryCount: number;
  lockedUntil: number | undefined;
}

/**
 * The messages waiting for one identity, in order. A delivered message is locked until its PUBACK; when the lock runs
 * out or the connection ends it is delivered again, with DUP, until it has been tried too often.
 *
 * @source IoT Hub documentation, "Send cloud-to-device messages from an IoT hub", message life cycle
 */
export class DeliveryQueue<Message extends QueuedMessage> {
  readonly #clock: Clock;
  readonly #rules: DeliveryRules;
  readonly #reports: DeliveryReports<Message>;
  #entries: Entry<Message>[] = [];
  // What was sent on this connection and not acknowledged, oldest first.
  #inFlight: Entry<Message>[] = [];
  readonly #packetIds = new Set<number>();
  // Whose acknowledgements count, and at which QoS it listens, if it does.
  #session: Session | undefined;
  #qos: 0 | 1 | undefined;
  #alarm: { readonly at: number; readonly timer: Timer } | undefined;
  #lastPacketId = 0;

  constructor(clock: Clock, rules: DeliveryRules, reports: DeliveryReports<Message>) {
    this.#clock = clock;
    this.#rules = rules;
    this.#reports = reports;
  }

  get length(): number {
    return this.#entries.length;
  }

  /** Takes a message in. Its owner bounds the length: there are 65,535 packet ids. */
  enqueue(message: Message): void {
    const now = this.#clock.now();
    const packetId = this.#nextPacketId();
    const entry = { message, enqueuedAt: now, packetId, deliveryCount: 0, lockedUntil: undefined };
    this.#entries.push(entry);
    this.#offer(entry, now);
    this.#schedule([entry]);
  }

  /** Delivers to this session from now on. */
  attach(session: Session, qos: 0 | 1): void {
    if (this.#session !== session) this.#unlockAll();
    this.#session = session;
    this.#qos = qos;
    this.#pump();
  }

  /** Stops delivering; `lost` when the connection has ended, which frees what it had not acknowledged. */
  detach(session: Session, lost: boolean): void {
    if (this.#session !== session) return;
    this.#qos = undefined;
    if (!lost) return;
    this.#session = undefined;
    this.#unlockAll();
    this.#pump();
  }

  /** A PUBACK. They come in the order of delivery; one out of order settles nothing. */
  acknowledge(session: Session, packetId: number): void {
    const oldest = this.#inFlight[0];
    if (this.#session !== session || oldest?.packetId !== packetId) {
      this.#reports.ackIgnored(packetId);
      return;
    }
    this.#settle(oldest, "Success");
    // The alarm may be early now, which does no harm; nothing else may be left of an empty queue.
    if (this.#entries.length === 0) this.#cancelAlarm();
  }

  /** Throws away all messages; returns how many there were. */
  purge(): number {
    const entries = [...this.#entries];
    for (const entry of entries) this.#settle(entry, "Purged");
    this.#cancelAlarm();
    return entries.length;
  }

  /** What waits, oldest first, each with its message. */
  list(): [item: QueueItem, message: Message][] {
    return this.#entries.map(({ message, enqueuedAt, deliveryCount, lockedUntil }) => [
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

  close(): void {
    this.#cancelAlarm();
    this.#session = undefined;
    this.#qos = undefined;
  }

  #pump(): void {
    const now = this.#clock.now();
    this.#inFlight = this.#inFlight.filter((entry) => {
      if ((entry.lockedUntil ?? 0) > now) return true;
      entry.lockedUntil = undefined;
      return false;
    });
    for (const entry of [...this.#entries]) if (entry.lockedUntil === undefined) this.#offer(entry, now);
    this.#cancelAlarm();
    this.#schedule(this.#entries);
  }

  #offer(entry: Entry<Message>, now: number): void {
    // A report may have changed the queue meanwhile.
    if (!this.#packetIds.has(entry.packetId)) return;
    if (entry.deliveryCount >= this.#rules.maxDeliveryCount) this.#settle(entry, "DeliveryCountExceeded");
    else if (entry.message.expiresAt <= now) this.#settle(entry, "Expired");
    else this.#deliver(entry, now);
  }

  #deliver(entry: Entry<Message>, now: number): void {
    const [session, qos] = [this.#session, this.#qos];
    if (session === undefined || qos === undefined) return;
    const { message, packetId } = entry;
    entry.deliveryCount++;
    const dup = qos === 1 && entry.deliveryCount > 1;
    session.connection.send(message.topic, message.body, {
      qos,
      dup,
      ...(qos === 1 ? { messageId: packetId } : {}),
    });
    this.#reports.delivered(message, entry.deliveryCount);
    if (qos === 0) {
      this.#settle(entry, "Success");
      return;
    }
    entry.lockedUntil = now + this.#rules.lockSeconds * 1000;
    this.#inFlight.push(entry);
  }

  #unlockAll(): void {
    for (const entry of this.#inFlight) entry.lockedUntil = undefined;
    this.#inFlight = [];
  }

  #settle(entry: Entry<Message>, outcome: DeliveryOutcome): void {
    remove(this.#inFlight, entry);
    remove(this.#entries, entry);
    this.#packetIds.delete(entry.packetId);
    this.#reports.settled(entry.message, outcome, entry.enqueuedAt);
  }

  // One alarm for the next thing that happens by itself: a lock that runs out or a message that dies.
  #schedule(entries: readonly Entry<Message>[]): void {
    let at = Number.POSITIVE_INFINITY;
    for (const entry of entries) {
      if (this.#packetIds.has(entry.packetId))
        at = Math.min(at, entry.lockedUntil ?? entry.message.expiresAt);
    }
    if (at >= (this.#alarm?.at ?? Number.POSITIVE_INFINITY)) return;
    this.#cancelAlarm();
    this.#alarm = { at, timer: setTimerAt(this.#clock, at, () => this.#pump()) };
  }

  #cancelAlarm(): void {
    this.#alarm?.timer.cancel();
    this.#alarm = undefined;
  }

  #nextPacketId(): number {
    do this.#lastPacketId = (this.#lastPacketId % 65_535) + 1;
    while (this.#packetIds.has(this.#lastPacketId));
    this.#packetIds.add(this.#lastPacketId);
    return this.#lastPacketId;
  }
}

// What is removed is nearly always the first.
function remove<T>(list: T[], item: T): void {
  const at = list.indexOf(item);
  if (at >= 0) list.splice(at, 1);
}
