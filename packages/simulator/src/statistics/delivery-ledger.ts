/** The comparison of both ends. */
export interface Deliveries {
  /** Messages that the hub holds. */
  readonly held: number;
  /** Messages that were acknowledged, and that the hub doesn't hold. */
  readonly lost: number;
  /** Messages that the hub holds although their device gave up on them. */
  readonly heldUnacknowledged: number;
  /** Additional copies of messages that the hub holds. */
  readonly repeated: number;
}

interface DeviceLedger {
  readonly acknowledged: Set<number>;
  readonly held: Set<number>;
  copies: number;
}

/** Compares the messages that were acknowledged to devices with those that the hub holds, by their numbers. */
export class DeliveryLedger {
  readonly #devices = new Map<string, DeviceLedger>();

  /** Starts to count for a device or module, by its name. Others are ignored. */
  follow(name: string): void {
    this.#devices.set(name, { acknowledged: new Set(), held: new Set(), copies: 0 });
  }

  acknowledge(name: string, number: number): void {
    this.#devices.get(name)?.acknowledged.add(number);
  }

  /** Counts a message that the hub holds. */
  hold(name: string, number: number): void {
    const device = this.#devices.get(name);
    if (device === undefined) return;
    if (device.held.has(number)) device.copies++;
    else device.held.add(number);
  }

  /** Whether the hub holds everything that was acknowledged. */
  get isComplete(): boolean {
    return this.result().lost === 0;
  }

  result(): Deliveries {
    let [held, lost, both, repeated] = [0, 0, 0, 0];
    for (const device of this.#devices.values()) {
      held += device.held.size;
      repeated += device.copies;
      for (const number of device.acknowledged) {
        if (device.held.has(number)) both++;
        else lost++;
      }
    }
    return { held, lost, heldUnacknowledged: held - both, repeated };
  }
}
