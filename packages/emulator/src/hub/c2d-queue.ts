import { type Clock, setAlarm, type Timer } from "@isohub/core";
import { type C2dMessage, c2dTopic } from "./c2d-message.ts";
import { isoTime } from "./clock.ts";
import type { C2dOutcome } from "./events.ts";
import { HubError } from "./hub-error.ts";
import type { Session } from "./session.ts";

/** How many messages one device may have waiting. */
export const maxC2dQueueDepth: number = 50;

/** How the hub treats messages that are not acknowledged. */
export interface C2dRules {
  /** How long a delivered message waits for its PUBACK, in seconds. */
  readonly lockSeconds: number;
  /** After how many deliveries it is given up. */
  readonly maxDeliveryCount: number;
}

/** A waiting message, for those who look at the queue. */
export interface C2dQueueItem {
  readonly messageId: string;
  readonly enqueuedTime: string;
  readonly expiryTime: string;
  readonly deliveryCount: number;
  /** Delivered and not acknowledged yet. */
  readonly locked: boolean;
  readonly lockedUntil?: string;
}

/** What a queue tells its owner. */
export interface C2dQueueReports {
  delivered(message: C2dMessage, deliveryCount: number): void;
  settled(message: C2dMessage, outcome: C2dOutcome, enqueuedAt: number): void;
  ackIgnored(packetId: number): void;
}

interface Entry {
  readonly message: C2dMessage;
  readonly enqueuedAt: number;
  // One id for the life of the message, so that a redelivery carries the id of the first try, as MQTT asks.
  readonly packetId: number;
  deliveryCount: number;
  lockedUntil: number | undefined;
}

/**
 * The messages waiting for one device, in order. A delivered message is locked until its PUBACK; when the lock runs
 * out or the connection ends it is delivered again, with DUP, until it has been tried too often.
 *
 * @source IoT Hub documentation, "Send cloud-to-device messages from an IoT hub", message life cycle
 */
export class C2dQueue {
  readonly #deviceId: string;
  readonly #clock: Clock;
  readonly #rules: C2dRules;
  readonly #reports: C2dQueueReports;
  #entries: Entry[] = [];
  // What was sent on this connection and not acknowledged, oldest first.
  #inFlight: Entry[] = [];
  // Whose acknowledgements count, and at which QoS it listens, if it does.
  #session: Session | undefined;
  #qos: 0 | 1 | undefined;
  #alarm: Timer | undefined;
  #lastPacketId = 0;

  constructor(deviceId: string, clock: Clock, rules: C2dRules, reports: C2dQueueReports) {
    this.#deviceId = deviceId;
    this.#clock = clock;
    this.#rules = rules;
    this.#reports = reports;
  }

  get length(): number {
    return this.#entries.length;
  }

  /** @throws {HubError} DeviceMaximumQueueDepthExceeded */
  enqueue(message: C2dMessage): void {
    if (this.#entries.length >= maxC2dQueueDepth) {
      throw new HubError(
        "DeviceMaximumQueueDepthExceeded",
        `The device queue depth of ${maxC2dQueueDepth} messages is reached.`,
      );
    }
    const packetId = this.#nextPacketId();
    const enqueuedAt = this.#clock.now();
    this.#entries.push({ message, enqueuedAt, packetId, deliveryCount: 0, lockedUntil: undefined });
    this.#pump();
  }

  /** Delivers to this session from now on. */
  attach(session: Session, qos: 0 | 1): void {
    if (this.#session !== session) this.#unlock(this.#inFlight);
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
    this.#unlock(this.#inFlight);
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
    this.#pump();
  }

  /** Throws away all messages; returns how many there were. */
  purge(): number {
    const entries = [...this.#entries];
    for (const entry of entries) this.#settle(entry, "Purged");
    this.#schedule();
    return entries.length;
  }

  list(): C2dQueueItem[] {
    return this.#entries.map(({ message, enqueuedAt, deliveryCount, lockedUntil }) => ({
      messageId: message.messageId,
      enqueuedTime: isoTime(enqueuedAt),
      expiryTime: isoTime(message.expiresAt),
      deliveryCount,
      locked: lockedUntil !== undefined,
      ...(lockedUntil === undefined ? {} : { lockedUntil: isoTime(lockedUntil) }),
    }));
  }

  close(): void {
    this.#alarm?.cancel();
    this.#session = undefined;
    this.#qos = undefined;
  }

  #pump(): void {
    const now = this.#clock.now();
    this.#unlock(this.#inFlight.filter((entry) => (entry.lockedUntil ?? 0) <= now));
    for (const entry of [...this.#entries]) {
      // A report may have changed the queue meanwhile.
      if (entry.lockedUntil !== undefined || !this.#entries.includes(entry)) continue;
      if (entry.deliveryCount >= this.#rules.maxDeliveryCount) this.#settle(entry, "DeliveryCountExceeded");
      else if (entry.message.expiresAt <= now) this.#settle(entry, "Expired");
      else this.#deliver(entry, now);
    }
    this.#schedule();
  }

  #deliver(entry: Entry, now: number): void {
    const [session, qos] = [this.#session, this.#qos];
    if (session === undefined || qos === undefined) return;
    entry.deliveryCount++;
    const dup = qos === 1 && entry.deliveryCount > 1;
    session.connection.send(c2dTopic(this.#deviceId, entry.message), entry.message.body, {
      qos,
      dup,
      ...(qos === 1 ? { messageId: entry.packetId } : {}),
    });
    this.#reports.delivered(entry.message, entry.deliveryCount);
    if (qos === 0) {
      this.#settle(entry, "Success");
      return;
    }
    entry.lockedUntil = now + this.#rules.lockSeconds * 1000;
    this.#inFlight.push(entry);
  }

  #unlock(entries: readonly Entry[]): void {
    for (const entry of entries) entry.lockedUntil = undefined;
    this.#inFlight = this.#inFlight.filter((entry) => !entries.includes(entry));
  }

  #settle(entry: Entry, outcome: C2dOutcome): void {
    this.#unlock([entry]);
    this.#entries = this.#entries.filter((other) => other !== entry);
    this.#reports.settled(entry.message, outcome, entry.enqueuedAt);
  }

  // One alarm for the next thing that happens by itself: a lock that runs out or a message that dies.
  #schedule(): void {
    this.#alarm?.cancel();
    this.#alarm = undefined;
    const next = this.#entries.map((entry) => entry.lockedUntil ?? entry.message.expiresAt);
    if (next.length > 0) this.#alarm = setAlarm(this.#clock, Math.min(...next), () => this.#pump());
  }

  #nextPacketId(): number {
    do this.#lastPacketId = (this.#lastPacketId % 65_535) + 1;
    while (this.#entries.some((entry) => entry.packetId === this.#lastPacketId));
    return this.#lastPacketId;
  }
}
