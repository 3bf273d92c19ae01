import { highestPublishId } from "../mqtt/engine.ts";
import { type Clock, sliceUntil, type Timer } from "../util/clock.ts";
import { checkTimeout, type OperationOptions, timedOut } from "../util/deadline.ts";
import { IdTable } from "../util/id-table.ts";
import { type Entry, EntryList, type OutboundKind } from "./in-flight-entry.ts";
import type { Link } from "./link.ts";
import { answeredTooLate } from "./link-errors.ts";

/**
 * Messages in flight and those behind them.
 *
 * At most `limit` are with the hub at once; the rest wait here. After a drop all that were in flight are sent again, in
 * parallel, in their order, with the same packet id and DUP set [MQTT-4.4.0-1], and only then those that waited.
 */
export class InFlightWindow {
  readonly #clock: Clock;
  readonly #limit: number;
  /** What is in flight, in the order it was sent in; by packet id as well. */
  readonly #sent = new EntryList();
  readonly #inFlight = new IdTable<Entry>();
  /** What waits behind. */
  readonly #queue = new EntryList();
  /** Messages whose promise has not settled. */
  #waiting = 0;
  #lastId = 0;
  #link: Link | undefined;
  #paused = false;
  #sweep: Timer | undefined;
  #sweepAt = Number.POSITIVE_INFINITY;
  #whenIdle: (() => void) | undefined;
  /** The start of relative topics. */
  topicPrefix = "";

  /** @param limit - the maximum of messages in flight; more than the default would not be faster */
  constructor(clock: Clock, limit = 1000) {
    this.#clock = clock;
    this.#limit = limit;
  }

  /** The number of messages that somebody still waits for. */
  get size(): number {
    return this.#waiting;
  }

  /** Since when the oldest message in flight waits for its acknowledgement. */
  get unackedSince(): number | undefined {
    return this.#sent.first?.sentAt;
  }

  /** Accepts a message; resolves when the hub has acknowledged it. */
  add(
    kind: OutboundKind,
    what: string,
    topic: string,
    payload: Uint8Array | string,
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
        sentAt: 0,
        settled: false,
        dispose: undefined,
        line: undefined,
        before: undefined,
        after: undefined,
      };
      if (signal !== undefined) {
        const onAbort = (): void => this.#fail(entry, signal.reason);
        signal.addEventListener("abort", onAbort);
        entry.dispose = () => signal.removeEventListener("abort", onAbort);
      }
      this.#waiting++;
      if (entry.deadline < this.#sweepAt) this.#armSweep(entry.deadline, now);
      if (this.#queue.first === undefined && this.#canSend()) this.#send(entry, now);
      else this.#queue.push(entry);
    });
  }

  /** A connection is there: sends again what was in flight, then what waited. */
  attach(link: Link): void {
    this.#link = link;
    this.#paused = false;
    const now = this.#clock.now();
    for (const entry of this.#sent.all()) {
      if (!entry.settled) {
        this.#transmit(link, entry, true, now);
        continue;
      }
      this.#sent.remove(entry);
      this.#inFlight.take(entry.packetId);
    }
    this.pump();
  }

  /**
   * Starts over at another hub, or as a device created anew. Unacknowledged messages are sent there as if for the first
   * time; replies fail, because that hub sent no request for them.
   */
  startOver(): void {
    for (const entry of this.#takeAll()) {
      if (entry.kind === "reply") this.#fail(entry, answeredTooLate());
      else if (!entry.settled) this.#queue.push(entry);
    }
  }

  /** The connection is gone; everything stays for the next one. */
  detach(): void {
    this.#link = undefined;
    this.#whenIdle?.();
  }

  /** Stops sending; resolves once nothing is in flight, or the connection has ended. */
  drain(): Promise<void> {
    this.#paused = true;
    return new Promise((resolve) => {
      this.#whenIdle = () => {
        this.#whenIdle = undefined;
        resolve();
      };
      if (this.#inFlight.size === 0) this.#whenIdle();
    });
  }

  /** Sends what waits, as far as the limit and the connection allow. */
  pump(): void {
    const now = this.#clock.now();
    for (let next = this.#queue.first; next !== undefined && this.#canSend(); next = this.#queue.first) {
      this.#queue.remove(next);
      this.#send(next, now);
    }
  }

  /** PUBACK; one for what is not in flight says nothing. */
  acknowledged(packetId: number): void {
    const entry = this.#inFlight.take(packetId);
    if (entry === undefined) return;
    this.#sent.remove(entry);
    if (!entry.settled) {
      this.#settle(entry);
      entry.resolve();
    }
    if (this.#queue.first !== undefined) this.pump();
    if (this.#inFlight.size === 0) this.#whenIdle?.();
  }

  /** Fails everything; nothing of it will be sent. */
  failAll(error: unknown): void {
    for (const entry of this.#takeAll()) this.#fail(entry, error);
    this.#whenIdle?.();
  }

  #canSend(): boolean {
    return this.#link?.isFull === false && !this.#paused && this.#inFlight.size < this.#limit;
  }

  #send(entry: Entry, now: number): void {
    if (this.#link === undefined) return;
    do this.#lastId = this.#lastId >= highestPublishId ? 1 : this.#lastId + 1;
    while (this.#inFlight.has(this.#lastId));
    entry.packetId = this.#lastId;
    this.#inFlight.set(entry.packetId, entry);
    this.#sent.push(entry);
    this.#transmit(this.#link, entry, false, now);
  }

  #transmit(link: Link, entry: Entry, dup: boolean, now: number): void {
    const { kind, payload, packetId } = entry;
    const topic = kind === "relative" ? this.topicPrefix + entry.topic : entry.topic;
    entry.sentAt = now;
    link.publish({ topic, payload, qos: 1, dup, packetId });
  }

  #takeAll(): Entry[] {
    const all = [...this.#sent.all(), ...this.#queue.all()];
    for (const entry of all) {
      entry.line?.remove(entry);
      this.#inFlight.take(entry.packetId);
    }
    return all;
  }

  #fail(entry: Entry, error: unknown): void {
    if (entry.settled) return;
    this.#settle(entry);
    // In flight it keeps its place: the hub may still acknowledge it.
    if (entry.line === this.#queue) this.#queue.remove(entry);
    entry.reject(error);
  }

  #settle(entry: Entry): void {
    entry.settled = true;
    entry.dispose?.();
    // Left armed, the timer would keep a process alive that has nothing left to do.
    if (--this.#waiting === 0) this.#disarmSweep();
  }

  // One timer for all: time-outs are rare, and a timer for each message would cost as much as sending it.
  #armSweep(at: number, now: number): void {
    this.#disarmSweep();
    if (at === Number.POSITIVE_INFINITY) return;
    this.#sweepAt = at;
    this.#sweep = this.#clock.setTimer(() => this.#runSweep(), sliceUntil(at, now));
  }

  #disarmSweep(): void {
    this.#sweep?.cancel();
    this.#sweep = undefined;
    this.#sweepAt = Number.POSITIVE_INFINITY;
  }

  #runSweep(): void {
    const now = this.#clock.now();
    let next = Number.POSITIVE_INFINITY;
    for (const entry of [...this.#sent.all(), ...this.#queue.all()]) {
      if (entry.settled) continue;
      if (entry.deadline <= now) this.#fail(entry, timedOut(entry.what, entry.timeoutMs));
      else if (entry.deadline < next) next = entry.deadline;
    }
    this.#armSweep(next, now);
  }
}
