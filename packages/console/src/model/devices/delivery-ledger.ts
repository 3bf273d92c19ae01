/** The numbers that the ledger of one device compares. */
export interface DeliveryCounts {
  readonly sent: number;
  readonly acknowledged: number;
  /** Rejected: the device knows that the message may not have arrived. */
  readonly failed: number;
  /** Arrived at the hub, each counted once. */
  readonly arrived: number;
  /** Arrived again, because the client sent it again after a lost connection. */
  readonly repeated: number;
  /** Acknowledged, but not at the hub: this must never be more than 0. */
  readonly lost: number;
}

/** The longest time by which an acknowledgement may precede the message in the telemetry that the page reads. */
const graceMs = 4000;
/** The number of arrived messages to remember, in order to detect repeated ones. */
const remembered = 2000;

/**
 * Compares the acknowledgements of a device with the messages at the local hub, by number. Its memory is bounded while nothing is
 * lost.
 */
export class DeliveryLedger {
  #isAtLocalHub: boolean;
  #sent = 0;
  #acknowledged = 0;
  #failed = 0;
  #arrived = 0;
  #repeated = 0;
  /** Acknowledged messages that the hub hasn't shown yet, with the time. */
  readonly #awaited = new Map<number, number>();
  /** Messages that have arrived lately, the oldest first. */
  readonly #seen = new Set<number>();
  /** Arrived before their acknowledgement. */
  readonly #early = new Set<number>();

  /**
   * @param isAtLocalHub - false for a device whose hub isn't known: nothing of it counts as lost until a message of it has arrived
   * at the local hub
   */
  constructor(isAtLocalHub = true) {
    this.#isAtLocalHub = isAtLocalHub;
  }

  /** @returns the number of the next message */
  send(): number {
    this.#sent += 1;
    return this.#sent;
  }

  acknowledge(number: number, now: number): void {
    this.#acknowledged += 1;
    if (this.#early.delete(number)) return;
    this.#awaited.set(number, now);
    if (!this.#isAtLocalHub && this.#awaited.size > remembered) deleteOldest(this.#awaited);
  }

  fail(number: number): void {
    this.#failed += 1;
    this.#early.delete(number);
  }

  arrive(number: number): void {
    if (this.#seen.has(number)) {
      this.#repeated += 1;
      return;
    }
    this.#isAtLocalHub = true;
    this.#arrived += 1;
    this.#seen.add(number);
    if (this.#seen.size > remembered) deleteOldest(this.#seen);
    if (!this.#awaited.delete(number)) this.#early.add(number);
  }

  /** Forgets messages without an outcome, because another hub has replaced the one that they were sent to. */
  restart(): void {
    this.#awaited.clear();
    this.#early.clear();
  }

  counts(now: number): DeliveryCounts {
    let lost = 0;
    if (this.#isAtLocalHub) for (const at of this.#awaited.values()) if (now - at > graceMs) lost += 1;
    return {
      sent: this.#sent,
      acknowledged: this.#acknowledged,
      failed: this.#failed,
      arrived: this.#arrived,
      repeated: this.#repeated,
      lost,
    };
  }
}

function deleteOldest(numbers: { keys(): IterableIterator<number>; delete(number: number): boolean }): void {
  const { value } = numbers.keys().next();
  if (value !== undefined) numbers.delete(value);
}
