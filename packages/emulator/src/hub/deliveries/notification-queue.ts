import { type Clock, setTimerAt, type Timer } from "@isohub/core/internal";
import type { Store, Table } from "../../store/store.ts";

/** A message for services that a receiver has locked. */
export interface LockedNotification<Value> {
  /** A UUID, new for each delivery. */
  readonly lockToken: string;
  readonly value: Value;
  /** In milliseconds since 1970. */
  readonly enqueuedAt: number;
}

/** A message, as it is stored. */
interface StoredNotification<Value> {
  readonly value: Value;
  readonly enqueuedAt: number;
  readonly deliveryCount: number;
}

// The defaults of IoT Hub for feedback and file notifications.
const lockMs = 60_000;
const timeToLiveMs = 3_600_000;
const maxDeliveryCount = 10;
// Bounds the memory of messages that no one receives.
const maxLength = 10_000;

/**
 * Messages for services, such as feedback. A receiver locks a message, and then completes or abandons it. A message is given
 * up after an hour, or after ten deliveries.
 *
 * @source IoT Hub documentation, "Send cloud-to-device messages from an IoT hub", cloud-to-device configuration options
 */
export class NotificationQueue<Value> {
  readonly #clock: Clock;
  readonly #table: Table<StoredNotification<Value>>;
  readonly #locks = new Map<string, { readonly key: string; readonly until: number }>();
  // The keys of locked messages.
  readonly #locked = new Set<string>();
  readonly #listeners = new Set<() => void>();
  #lastNumber = 0;
  #timer: Timer | undefined;

  /** @param name - of the table that holds the messages */
  constructor(clock: Clock, store: Store, name: string) {
    this.#clock = clock;
    this.#table = store.table(name);
    for (const [key] of this.#table.entries()) this.#lastNumber = Math.max(this.#lastNumber, Number(key));
  }

  enqueue(value: Value): void {
    if (this.#table.size >= maxLength) {
      const [oldest] = this.#table.entries();
      if (oldest !== undefined) this.#remove(oldest[0]);
    }
    const stored = { value, enqueuedAt: this.#clock.now(), deliveryCount: 0 };
    this.#table.set(`${++this.#lastNumber}`, stored);
    this.#notify();
  }

  /** Locks the oldest message that isn't locked, for a minute. */
  receive(): LockedNotification<Value> | undefined {
    const now = this.#clock.now();
    for (const [key, stored] of this.#table.entries()) {
      if (this.#locked.has(key)) continue;
      if (stored.enqueuedAt + timeToLiveMs <= now || stored.deliveryCount >= maxDeliveryCount) {
        this.#remove(key);
        continue;
      }
      this.#table.set(key, { ...stored, deliveryCount: stored.deliveryCount + 1 });
      const lockToken = crypto.randomUUID();
      this.#locks.set(lockToken, { key, until: now + lockMs });
      this.#locked.add(key);
      this.#schedule();
      return { lockToken, value: stored.value, enqueuedAt: stored.enqueuedAt };
    }
    return undefined;
  }

  /** Deletes a message. Returns false if its lock has ended. */
  complete(lockToken: string): boolean {
    const key = this.#unlock(lockToken);
    if (key !== undefined) this.#remove(key);
    return key !== undefined;
  }

  /** Makes a message available again. Returns false if its lock has ended. */
  abandon(lockToken: string): boolean {
    const isLocked = this.#unlock(lockToken) !== undefined;
    if (isLocked) this.#notify();
    return isLocked;
  }

  /** Calls `listener` whenever there may be a message to receive. Returns a function that stops it. */
  onAvailable(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#timer?.cancel();
    this.#listeners.clear();
  }

  #unlock(lockToken: string): string | undefined {
    const lock = this.#locks.get(lockToken);
    this.#locks.delete(lockToken);
    if (lock === undefined) return undefined;
    this.#locked.delete(lock.key);
    return lock.until > this.#clock.now() ? lock.key : undefined;
  }

  #remove(key: string): void {
    this.#table.delete(key);
    this.#locked.delete(key);
  }

  #notify(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  // One timer for the lock that ends first: they all last as long, so it is the oldest.
  #schedule(): void {
    const [oldest] = this.#locks.values();
    if (this.#timer !== undefined || oldest === undefined) return;
    this.#timer = setTimerAt(this.#clock, oldest.until, () => {
      this.#timer = undefined;
      const now = this.#clock.now();
      for (const [lockToken, { until }] of this.#locks) if (until <= now) this.#unlock(lockToken);
      this.#schedule();
      this.#notify();
    });
  }
}
