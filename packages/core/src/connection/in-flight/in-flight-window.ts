import { type IsoHubError, OperationCancelledError } from "../../errors.ts";
import { highestPublishId } from "../../mqtt/engine.ts";
import { payloadOf, topicOf } from "../../mqtt/publish-packet.ts";
import { type Clock, never, sliceUntil, type Timer } from "../../util/clock.ts";
import { checkTimeout, type OperationOptions, timedOut } from "../../util/deadline.ts";
import { IdTable } from "../../util/id-table.ts";
import { fromUtf8 } from "../../util/text.ts";
import type { Link } from "../link/link.ts";
import { answeredTooLate, cancelledOperation, type IgnoredMessage } from "../link/link-errors.ts";
import { type Entry, EntryList, newEntry, type OutboundMessage, packetFor } from "./in-flight-entry.ts";

/** The connection that a window belongs to. */
export interface WindowHub {
  /** The start of topics there; empty until the first connection. */
  readonly prefix: Uint8Array;
  /** Why there is no connection, if there is none. */
  readonly state: { readonly reason: IsoHubError | undefined };
}

/**
 * Messages in flight, and those that wait behind them.
 *
 * At most `limit` messages are unacknowledged at once; the others wait. After a lost connection, messages that were in flight
 * are resent in parallel and in order, with the same packet id and DUP [MQTT-4.4.0-1], followed by those that waited.
 */
export class InFlightWindow {
  readonly #clock: Clock;
  readonly #hub: WindowHub;
  readonly #limit: number;
  /** Messages in flight, in the order in which they were sent, and by packet id. */
  readonly #sent = new EntryList();
  readonly #inFlight = new IdTable<Entry>();
  /** Messages that wait. */
  readonly #queue = new EntryList();
  /** Messages whose promise has not settled. */
  #waiting = 0;
  #lastId = 0;
  #lastOrder = 0;
  /** The position of the latest message that was acknowledged over this connection. */
  #latestAcked = 0;
  /** The time when the message before the oldest one in flight was acknowledged. */
  #oldestAt = 0;
  #overtakenSince: number | undefined;
  /** Whether the hub has acknowledged a message that isn't a reply, over any connection. */
  #accepted = false;
  #link: Link | undefined;
  #paused = false;
  #sweep: Timer | undefined;
  #sweepAt = never;
  #whenIdle: (() => void) | undefined;
  /** @param limit - the maximum number of messages in flight; more than the default wouldn't be faster */
  constructor(clock: Clock, hub: WindowHub, limit = 1000) {
    this.#clock = clock;
    this.#hub = hub;
    this.#limit = limit;
  }

  /** The number of messages whose promise has not settled. */
  get size(): number {
    return this.#waiting;
  }

  /** The time when the oldest message in flight over this connection was sent, or became the oldest, if that was later. */
  get unackedSince(): number | undefined {
    const { first } = this.#sent;
    // Before the connection is attached, they are those of the last one.
    return this.#link && first && Math.max(first.sentAt, this.#oldestAt);
  }

  /** The size of the oldest message in flight, in bytes. */
  get unackedBytes(): number {
    const { first } = this.#sent;
    return first === undefined ? 0 : payloadOf(first.packet).length;
  }

  /** Since when the hub has acknowledged later messages, but not the oldest one in flight. */
  get overtakenSince(): number | undefined {
    return this.#link && this.#overtakenSince;
  }

  /** The oldest message in flight, if the hub has acknowledged none that was sent over this connection. */
  get ignored(): IgnoredMessage | undefined {
    const { first } = this.#sent;
    if (this.#link === undefined || first === undefined || this.#latestAcked > 0) return undefined;
    // Without the properties of the message.
    return { topic: fromUtf8(topicOf(first.packet)).replace(/[^/]*$/, ""), isNew: !this.#accepted };
  }

  /** Sends a message, which belongs to the window from now on; resolves when the hub has acknowledged it. */
  add(message: OutboundMessage, options: OperationOptions, defaultMs: number): Promise<void> {
    const { signal, timeoutMs = defaultMs } = options;
    checkTimeout("timeoutMs", timeoutMs);
    signal?.throwIfAborted();
    return new Promise((resolve, reject) => {
      const now = this.#clock.now();
      const entry = newEntry(message, timeoutMs, now, resolve, reject);
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

  /** There is a connection: resends what was in flight, then sends what waited. */
  attach(link: Link): void {
    this.#link = link;
    this.#paused = false;
    this.#latestAcked = 0;
    this.#overtakenSince = undefined;
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
    this.#accepted = false;
    for (const entry of this.#takeAll()) {
      if (entry.prefix === undefined) this.#fail(entry, answeredTooLate());
      else if (!entry.settled) this.#queue.push(entry);
    }
  }

  /** The connection has ended; everything is kept for the next one. */
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

  /** Resolves once each message that is in the window now, or each reply, is acknowledged or has failed. */
  async settled(onlyReplies: boolean): Promise<void> {
    // A reply has no prefix.
    const open = this.#all().filter(({ settled, prefix }) => !settled && !(onlyReplies && prefix));
    const settling = open.map((entry) => {
      const { dispose } = entry;
      return new Promise<void>((resolve) => {
        entry.dispose = () => {
          dispose?.();
          resolve();
        };
      });
    });
    await Promise.all(settling);
  }

  /** Sends waiting messages, as far as the limit and the connection allow. */
  pump(): void {
    const now = this.#clock.now();
    for (let next = this.#queue.first; next !== undefined && this.#canSend(); next = this.#queue.first) {
      this.#queue.remove(next);
      this.#send(next, now);
    }
  }

  /** The hub has acknowledged a message. An unknown packet id is ignored. */
  acknowledged(packetId: number): void {
    const entry = this.#inFlight.take(packetId);
    if (entry === undefined) return;
    if (entry.prefix !== undefined) this.#accepted = true;
    const wasOldest = entry === this.#sent.first;
    this.#sent.remove(entry);
    if (entry.order > this.#latestAcked) this.#latestAcked = entry.order;
    const at = this.#link?.lastInAt ?? 0;
    if (wasOldest) {
      this.#oldestAt = at;
      this.#overtakenSince = (this.#sent.first?.order ?? never) < this.#latestAcked ? at : undefined;
    } else this.#overtakenSince ??= at;
    if (!entry.settled) {
      this.#settle(entry);
      entry.resolve();
    }
    if (this.#queue.first !== undefined) this.pump();
    if (this.#inFlight.size === 0) this.#whenIdle?.();
  }

  /** Rejects everything; nothing of it is sent again. */
  failAll(error: unknown): void {
    const count = this.#waiting;
    const isEnd = error instanceof OperationCancelledError;
    for (const entry of this.#takeAll())
      this.#fail(entry, isEnd ? cancelledOperation(entry.operation, count, error) : error);
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
    entry.order = ++this.#lastOrder;
    this.#inFlight.set(entry.packetId, entry);
    this.#sent.push(entry);
    this.#transmit(this.#link, entry, false, now);
  }

  #transmit(link: Link, entry: Entry, dup: boolean, now: number): void {
    entry.sentAt = now;
    link.publish(packetFor(entry, this.#hub.prefix, dup), now);
  }

  #all(): Entry[] {
    return [...this.#sent.all(), ...this.#queue.all()];
  }

  #takeAll(): Entry[] {
    const all = this.#all();
    for (const entry of all) {
      entry.list?.remove(entry);
      this.#inFlight.take(entry.packetId);
    }
    return all;
  }

  #fail(entry: Entry, error: unknown): void {
    if (entry.settled) return;
    this.#settle(entry);
    // In flight it keeps its packet id: the hub may still acknowledge it.
    if (entry.list === this.#queue) this.#queue.remove(entry);
    entry.reject(error);
  }

  #settle(entry: Entry): void {
    entry.settled = true;
    entry.dispose?.();
    // Otherwise the timer keeps the process alive without need.
    if (--this.#waiting === 0) this.#disarmSweep();
  }

  // One timer for all messages: time-outs are rare, and a timer costs as much as sending a message.
  #armSweep(at: number, now: number): void {
    this.#disarmSweep();
    if (at === never) return;
    this.#sweepAt = at;
    this.#sweep = this.#clock.setTimer(() => this.#runSweep(), sliceUntil(at, now));
  }

  #disarmSweep(): void {
    this.#sweep?.cancel();
    this.#sweep = undefined;
    this.#sweepAt = never;
  }

  #runSweep(): void {
    const now = this.#clock.now();
    let next = never;
    for (const entry of this.#all()) {
      if (entry.settled) continue;
      // It would be later if the clock was set back.
      entry.deadline = Math.min(entry.deadline, now + entry.timeoutMs);
      if (entry.deadline <= now) {
        const progress = `: the message was ${entry.packetId ? "sent but not acknowledged" : "not sent"}`;
        this.#fail(entry, timedOut(entry.operation, entry.timeoutMs, this.#hub.state.reason, progress));
      } else if (entry.deadline < next) next = entry.deadline;
    }
    this.#armSweep(next, now);
  }
}
