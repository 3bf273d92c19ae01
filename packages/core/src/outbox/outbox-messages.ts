import { never } from "../util/clock.ts";
import type { Deferred } from "../util/deferred.ts";
import { priorities } from "./outbox-options.ts";
import type { OutboxRecord } from "./outbox-record.ts";

/** A message in an outbox. */
export interface OutboxMessage extends OutboxRecord {
  acceptedAt: number;
  expiresAt: number;
  readonly key: number;
  /** Its size in the store. */
  readonly size: number;
  readonly acknowledged: Deferred<void>;
  /** `reserved`: about to be dropped, once the message that needs its room is stored. */
  place: "storing" | "waiting" | "reserved" | "sent" | "gone";
}

/** A clock that shows an earlier time isn't set yet: many devices start in 1970, until they reach a time server. */
const earliestTime = Date.UTC(2025, 0);

/** Whether the time to live of a message has ended. If it was accepted before the clock was set, it begins when the clock is. */
export function hasExpired(message: OutboxMessage, now: number): boolean {
  if (message.acceptedAt < earliestTime && now >= earliestTime) {
    message.expiresAt += now - message.acceptedAt;
    message.acceptedAt = now;
  }
  return message.expiresAt <= now;
}

/** The messages of an outbox: those that wait, by priority and in order, and those that were sent. */
export class OutboxMessages {
  /** Accepted messages, in the order of their keys. */
  readonly #accepted = new Map<number, OutboxMessage>();
  readonly #waiting = priorities.map(() => new WaitingList());
  #bytes = 0;
  /** Messages and bytes that count against the limits: also those being stored, but not those about to be dropped. */
  #counted = 0;
  #countedBytes = 0;

  get depth(): number {
    return this.#accepted.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get oldest(): OutboxMessage | undefined {
    for (const message of this.#accepted.values()) return message;
    return undefined;
  }

  /** The message to send next. */
  get next(): OutboxMessage | undefined {
    for (const list of this.#waiting) if (list.first !== undefined) return list.first;
    return undefined;
  }

  /** The time at which the first of the waiting messages expires. */
  get expiresAt(): number {
    let first = never;
    for (const { place, expiresAt } of this.#accepted.values())
      if (place === "waiting" && expiresAt < first) first = expiresAt;
    return first;
  }

  all(): OutboxMessage[] {
    return [...this.#accepted.values()];
  }

  /** Whether a message fits into the limits. */
  hasRoom(size: number, maxMessages: number, maxBytes: number): boolean {
    return this.#counted < maxMessages && this.#countedBytes + size <= maxBytes;
  }

  /**
   * Reserves the oldest waiting messages of the lowest priority to be dropped, until one of this size and priority fits.
   *
   * @returns `undefined` if that isn't enough; then nothing is reserved
   */
  makeRoom(
    size: number,
    priority: number,
    maxMessages: number,
    maxBytes: number,
  ): OutboxMessage[] | undefined {
    const victims: OutboxMessage[] = [];
    for (let lowest = this.#waiting.length - 1; lowest >= priority; lowest--) {
      const list = this.#waiting[lowest];
      while (!this.hasRoom(size, maxMessages, maxBytes) && list?.first !== undefined) {
        const { first } = list;
        this.#move(first, "reserved");
        victims.push(first);
      }
    }
    if (this.hasRoom(size, maxMessages, maxBytes)) return victims;
    for (const victim of victims) this.putBack(victim);
    return undefined;
  }

  /** Counts a message that is being stored. */
  count(message: OutboxMessage): void {
    this.#counted++;
    this.#countedBytes += message.size;
  }

  /** A message is stored: it waits to be sent. */
  accept(message: OutboxMessage): void {
    this.#accepted.set(message.key, message);
    this.#bytes += message.size;
    message.place = "waiting";
    this.#waiting[message.priority]?.insert(message);
  }

  /** Takes the message that is sent next. */
  send(message: OutboxMessage): void {
    this.#move(message, "sent");
  }

  /** A message waits again, in its old position. */
  putBack(message: OutboxMessage): void {
    if (message.place === "reserved") this.count(message);
    message.place = "waiting";
    this.#waiting[message.priority]?.insert(message);
  }

  /** Forgets a message, wherever it is. */
  remove(message: OutboxMessage): void {
    this.#move(message, "gone");
    if (this.#accepted.delete(message.key)) this.#bytes -= message.size;
  }

  #move(message: OutboxMessage, place: "reserved" | "sent" | "gone"): void {
    const before = message.place;
    message.place = place;
    if (before === "waiting") this.#waiting[message.priority]?.remove(message);
    const isCounted = before !== "reserved" && before !== "gone";
    if (!isCounted || place === "sent") return;
    this.#counted--;
    this.#countedBytes -= message.size;
  }
}

/** A queue ordered by key. Most messages are added at its end and removed from its start. */
class WaitingList {
  #messages: OutboxMessage[] = [];
  #start = 0;

  get first(): OutboxMessage | undefined {
    return this.#messages[this.#start];
  }

  insert(message: OutboxMessage): void {
    let at = this.#messages.length;
    // Messages return in order after a lost connection: their places are near the start.
    if (at > this.#start && message.key < (this.#messages[at - 1]?.key ?? 0))
      for (at = this.#start; (this.#messages[at]?.key ?? 0) < message.key; ) at++;
    this.#messages.splice(at, 0, message);
  }

  remove(message: OutboxMessage): void {
    if (message !== this.first) {
      this.#messages.splice(this.#messages.indexOf(message, this.#start), 1);
      return;
    }
    this.#start++;
    if (this.#start < 1000 && this.#start < this.#messages.length) return;
    this.#messages = this.#messages.slice(this.#start);
    this.#start = 0;
  }
}
