/** The comparison of both ends. */
export interface Deliveries {
  /** Messages that the hub holds. */
  readonly held: number;
  /** Messages that were acknowledged, and that the hub doesn't hold. */
  readonly lost: number;
  /** Messages that the hub holds although no acknowledgement arrived. */
  readonly heldUnacknowledged: number;
  /** Additional copies of messages that the hub holds. */
  readonly repeated: number;
}

/** The messages of a device: all up to a number are at both ends, and of the later ones some are at one or both. */
interface DeviceLedger {
  completeTo: number;
  readonly acknowledged: Set<number>;
  readonly held: Set<number>;
}

/** Compares the messages that were acknowledged to devices with those that the hub holds, by their numbers. */
export class DeliveryLedger {
  readonly #devices = new Map<string, DeviceLedger>();
  #acknowledged = 0;
  #held = 0;
  #both = 0;
  #repeated = 0;

  /** Starts to count for a device or module, by its name. Others are ignored. */
  follow(name: string): void {
    this.#devices.set(name, { completeTo: 0, acknowledged: new Set(), held: new Set() });
  }

  /** Counts a message that was acknowledged. */
  acknowledge(name: string, number: number): void {
    const device = this.#devices.get(name);
    if (device === undefined || number <= device.completeTo || device.acknowledged.has(number)) return;
    device.acknowledged.add(number);
    this.#acknowledged++;
    if (device.held.has(number)) this.#complete(device);
  }

  /** Counts a message that the hub holds. */
  hold(name: string, number: number): void {
    const device = this.#devices.get(name);
    if (device === undefined) return;
    if (number <= device.completeTo || device.held.has(number)) {
      this.#repeated++;
      return;
    }
    device.held.add(number);
    this.#held++;
    if (device.acknowledged.has(number)) this.#complete(device);
  }

  /** Returns the comparison at this moment, while messages may still be in flight. */
  result(): Deliveries {
    return {
      held: this.#held,
      lost: this.#acknowledged - this.#both,
      heldUnacknowledged: this.#held - this.#both,
      repeated: this.#repeated,
    };
  }

  /** Counts another message at both ends, and forgets those that need no memory anymore. */
  #complete(device: DeviceLedger): void {
    this.#both++;
    for (let next = device.completeTo + 1; device.held.has(next) && device.acknowledged.has(next); next++) {
      device.held.delete(next);
      device.acknowledged.delete(next);
      device.completeTo = next;
    }
  }
}
