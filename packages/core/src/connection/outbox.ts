import { highestPublishId } from "../mqtt/engine.ts";
import type { Clock, Timer } from "../util/clock.ts";
import { setAlarm } from "../util/clock.ts";
import { checkTimeout, type OperationOptions, timedOut } from "../util/deadline.ts";
import { IdTable } from "../util/id-table.ts";
import type { Link } from "./link.ts";
import { answeredTooLate } from "./link-errors.ts";

/**
 * How a message is addressed: telemetry with what stands behind the topic of its device, which may come to be another
 * device's or another hub's until it is sent; a reply with its whole topic, to whoever has asked.
 */
export type OutboundKind = "telemetry" | "reply";

/** A QoS 1 message from the moment it is accepted to its acknowledgement. */
interface Entry {
  readonly kind: OutboundKind;
  readonly what: string;
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly timeoutMs: number;
  readonly deadline: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  packetId: number;
  /** Its place among all that were sent. */
  order: number;
  sentAt: number;
  /** Its promise has settled; in flight it still holds its packet id until the hub or the end of the session frees it. */
  settled: boolean;
  dispose: (() => void) | undefined;
}

/**
 * Messages in flight and those behind them.
 *
 * At most `limit` are with the hub at once; the rest wait here. After a drop all that were in flight are sent again, in
 * parallel, in their order, with the same packet id and DUP set [MQTT-4.4.0-1], and only then those that waited.
 */
export class Outbox {
  readonly #inFlight = new IdTable<Entry>();
  readonly #clock: Clock;
  readonly #limit: number;
  /** What waits, from {@link #head} on. */
  #queue: (Entry | undefined)[] = [];
  #head = 0;
  /** Messages whose promise has not settled. */
  #waiting = 0;
  #givenUp = 0;
  #lastId = 0;
  #sent = 0;
  #link: Link | undefined;
  #paused = false;
  #sweep: Timer | undefined;
  #sweepAt = Number.POSITIVE_INFINITY;
  #whenIdle: (() => void) | undefined;
  /** Of the device at its hub, without a property bag. */
  telemetryTopic = "";

  constructor(clock: Clock, limit: number) {
    this.#clock = clock;
    this.#limit = limit;
  }

  /** The number of messages that somebody still waits for. */
  get size(): number {
    return this.#waiting;
  }

  /** Since when the oldest message in flight waits for its acknowledgement. */
  get unackedSince(): number | undefined {
    return this.#inOrder()[0]?.sentAt;
  }

  /** Accepts a message; resolves when the hub has acknowledged it. */
  add(
    kind: OutboundKind,
    what: string,
    topic: string,
    payload: Uint8Array,
    options: OperationOptions,
    defaultMs: number,
  ): Promise<void> {
    const timeoutMs =
      options.timeoutMs === undefined ? defaultMs : checkTimeout("timeoutMs", options.timeoutMs);
    const { signal } = options;
    signal?.throwIfAborted();
    return new Promise((resolve, reject) => {
      const now = this.#clock.now();
      const entry: Entry = {
        kind,
        what,
        topic,
        payload,
        timeoutMs,
        deadline: now + timeoutMs,
        resolve,
        reject,
        packetId: 0,
        order: 0,
        sentAt: 0,
        settled: false,
        dispose: undefined,
      };
      if (signal !== undefined) {
        const onAbort = (): void => this.#fail(entry, signal.reason);
        signal.addEventListener("abort", onAbort);
        entry.dispose = () => signal.removeEventListener("abort", onAbort);
      }
      this.#waiting++;
      if (entry.deadline < this.#sweepAt) this.#armSweep(entry.deadline);
      const link = this.#link;
      if (link !== undefined && this.#canSend(link) && this.#head === this.#queue.length)
        this.#send(link, entry, now);
      else this.#queue.push(entry);
    });
  }

  /** A connection is there: sends again what was in flight, then what waited. */
  attach(link: Link): void {
    this.#link = link;
    this.#paused = false;
    const again = this.#inOrder();
    const now = this.#clock.now();
    this.#inFlight.clear();
    for (const entry of again) if (!entry.settled) this.#transmit(link, entry, true, now);
    this.pump();
  }

  /**
   * Messages go to another hub from now on, or to a device made anew. Telemetry that is not acknowledged goes there as
   * if it had never been sent; replies fail, because nobody there has asked.
   */
  startOver(): void {
    const entries = [...this.#inOrder(), ...this.#queue.slice(this.#head)];
    this.#inFlight.clear();
    this.#head = 0;
    this.#queue = entries.filter((entry) => entry?.kind === "telemetry" && !entry.settled);
    for (const entry of entries) {
      if (entry?.kind !== "reply") continue;
      this.#fail(entry, answeredTooLate());
    }
  }

  /** The connection is gone; everything stays for the next one. */
  detach(): void {
    this.#link = undefined;
    this.#whenIdle?.();
  }

  /** Stops sending and calls `done` once nothing is in flight; `detach` calls it too. */
  drain(done: () => void): void {
    this.#paused = true;
    this.#whenIdle = () => {
      this.#whenIdle = undefined;
      done();
    };
    if (this.#inFlight.size === 0) this.#whenIdle();
  }

  /** Sends what waits, as far as the limit and the connection allow. */
  pump(): void {
    const link = this.#link;
    if (link === undefined) return;
    const now = this.#clock.now();
    while (this.#head < this.#queue.length && this.#canSend(link)) {
      const entry = this.#queue[this.#head];
      this.#queue[this.#head++] = undefined;
      if (entry !== undefined && !entry.settled) this.#send(link, entry, now);
    }
    if (this.#head === this.#queue.length) {
      this.#queue = [];
      this.#head = 0;
    } else if (this.#head > 4096) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
  }

  /** Fails everything; nothing of it will be sent. */
  failAll(error: unknown): void {
    const entries = [...this.#inOrder(), ...this.#queue.slice(this.#head)];
    this.#inFlight.clear();
    this.#queue = [];
    this.#head = 0;
    this.#givenUp = 0;
    for (const entry of entries) if (entry !== undefined) this.#fail(entry, error);
    this.#whenIdle?.();
  }

  #canSend(link: Link): boolean {
    return !this.#paused && this.#inFlight.size < this.#limit && !link.isFull;
  }

  /** What is in flight, in the order it was sent in. */
  #inOrder(): Entry[] {
    return this.#inFlight.values().sort((a, b) => a.order - b.order);
  }

  #send(link: Link, entry: Entry, now: number): void {
    do this.#lastId = this.#lastId >= highestPublishId ? 1 : this.#lastId + 1;
    while (this.#inFlight.has(this.#lastId));
    entry.packetId = this.#lastId;
    entry.order = ++this.#sent;
    this.#transmit(link, entry, false, now);
  }

  #transmit(link: Link, entry: Entry, dup: boolean, now: number): void {
    const { kind, payload, packetId } = entry;
    const topic = kind === "telemetry" ? this.telemetryTopic + entry.topic : entry.topic;
    entry.sentAt = now;
    this.#inFlight.set(packetId, entry);
    link.publish({ topic, payload, qos: 1, dup, packetId }, () => this.#acknowledged(packetId));
  }

  #acknowledged(packetId: number): void {
    const entry = this.#inFlight.take(packetId);
    if (entry === undefined) return;
    if (!entry.settled) {
      this.#settled(entry);
      entry.resolve();
    }
    if (this.#head < this.#queue.length) this.pump();
    if (this.#inFlight.size === 0) this.#whenIdle?.();
  }

  #fail(entry: Entry, error: unknown): void {
    if (entry.settled) return;
    this.#settled(entry);
    entry.reject(error);
    if (++this.#givenUp > 1000) this.#compact();
  }

  #settled(entry: Entry): void {
    entry.settled = true;
    entry.dispose?.();
    // Left armed, the timer would keep a process alive that has nothing left to do.
    if (--this.#waiting === 0) this.#disarmSweep();
  }

  // One timer for all: time-outs are rare, and a timer for each message would cost as much as sending it.
  #armSweep(at: number): void {
    this.#disarmSweep();
    if (at === Number.POSITIVE_INFINITY) return;
    this.#sweepAt = at;
    this.#sweep = setAlarm(this.#clock, at, () => this.#runSweep(), false);
  }

  #disarmSweep(): void {
    this.#sweep?.cancel();
    this.#sweep = undefined;
    this.#sweepAt = Number.POSITIVE_INFINITY;
  }

  #runSweep(): void {
    const now = this.#clock.now();
    let next = Number.POSITIVE_INFINITY;
    const look = (entry: Entry | undefined): void => {
      if (entry === undefined || entry.settled) return;
      if (entry.deadline <= now) this.#fail(entry, timedOut(entry.what, entry.timeoutMs));
      else if (entry.deadline < next) next = entry.deadline;
    };
    for (const entry of this.#inFlight.values()) look(entry);
    for (const entry of this.#queue.slice(this.#head)) look(entry);
    this.#compact();
    this.#armSweep(next);
  }

  /** What was given up while it waited would pile up for as long as there is no connection. */
  #compact(): void {
    this.#queue = this.#queue.slice(this.#head).filter((entry) => entry?.settled === false);
    this.#head = 0;
    this.#givenUp = 0;
  }
}
