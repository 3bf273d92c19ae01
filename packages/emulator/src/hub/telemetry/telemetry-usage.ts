/** The limits of the telemetry that is kept. */
export interface TelemetryLimits {
  /** The number of messages of all devices. */
  readonly messages: number;
  /** The bytes of all messages. */
  readonly bytes: number;
  /** The bytes of the messages of one device. */
  readonly bytesPerDevice: number;
}

/** A kept message of a device. */
export interface UsageEntry {
  /** The number of its record in its partition. */
  readonly number: number;
  readonly bytes: number;
}

/** Deletes a message of a device. */
type Evict = (deviceId: string, number: number) => void;

/** The kept messages of one device, oldest first. */
class DeviceUsage {
  readonly deviceId: string;
  #entries: UsageEntry[] = [];
  #start = 0;
  bytes = 0;

  constructor(deviceId: string) {
    this.deviceId = deviceId;
  }

  get messages(): number {
    return this.#entries.length - this.#start;
  }

  push(entry: UsageEntry): void {
    this.#entries.push(entry);
    this.bytes += entry.bytes;
  }

  shift(): UsageEntry | undefined {
    const entry = this.#entries[this.#start++];
    if (this.#start > 64 && this.#start * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#start);
      this.#start = 0;
    }
    this.bytes -= entry?.bytes ?? 0;
    return entry;
  }
}

/** Ranks devices by an amount, to within a factor of two: then a message seldom changes the rank of its device. */
class Ranking {
  readonly #levels: Set<DeviceUsage>[] = Array.from({ length: 33 }, () => new Set());
  #highest = 0;

  update(device: DeviceUsage, before: number, now: number): void {
    const [from, to] = [levelOf(before), levelOf(now)];
    if (from === to) return;
    this.#levels[from]?.delete(device);
    if (to > 0) this.#levels[to]?.add(device);
    this.#highest = Math.max(this.#highest, to);
  }

  /** Returns a device with the largest amount: `preferred` if it is one. */
  top(preferred: DeviceUsage, amount: number): DeviceUsage {
    while (this.#highest > 0 && this.#levels[this.#highest]?.size === 0) this.#highest--;
    if (levelOf(amount) >= this.#highest) return preferred;
    const level = this.#levels[this.#highest];
    for (const device of level ?? []) {
      // In turn, so that devices that send equally much keep equally much.
      level?.delete(device);
      level?.add(device);
      return device;
    }
    return preferred;
  }
}

// 0 for nothing, else the number of binary digits.
function levelOf(amount: number): number {
  return 32 - Math.clz32(Math.min(amount, 0xffff_ffff));
}

/** Chooses the messages to delete when a limit is reached: those of the devices that use the most, oldest first. */
export class TelemetryUsage {
  readonly #limits: TelemetryLimits;
  readonly #devices = new Map<string, DeviceUsage>();
  readonly #byMessages = new Ranking();
  readonly #byBytes = new Ranking();
  #messages = 0;
  #bytes = 0;

  constructor(limits: TelemetryLimits) {
    this.#limits = limits;
  }

  /** Counts a kept message, and calls `evict` for each one to delete. */
  add(deviceId: string, entry: UsageEntry, evict: Evict): void {
    const device = this.#deviceOf(deviceId);
    device.push(entry);
    this.#count(device, 1, entry.bytes);
    const { messages, bytes, bytesPerDevice } = this.#limits;
    while (device.bytes > bytesPerDevice) this.#removeOldest(device, evict);
    while (this.#messages > messages)
      this.#removeOldest(this.#byMessages.top(device, device.messages), evict);
    while (this.#bytes > bytes) this.#removeOldest(this.#byBytes.top(device, device.bytes), evict);
  }

  #removeOldest(device: DeviceUsage, evict: Evict): void {
    const entry = device.shift();
    if (entry === undefined) return;
    this.#count(device, -1, -entry.bytes);
    if (device.messages === 0) this.#devices.delete(device.deviceId);
    evict(device.deviceId, entry.number);
  }

  // The device has changed by these numbers.
  #count(device: DeviceUsage, messages: number, bytes: number): void {
    this.#messages += messages;
    this.#bytes += bytes;
    this.#byMessages.update(device, device.messages - messages, device.messages);
    this.#byBytes.update(device, device.bytes - bytes, device.bytes);
  }

  #deviceOf(deviceId: string): DeviceUsage {
    const existing = this.#devices.get(deviceId);
    if (existing !== undefined) return existing;
    const device = new DeviceUsage(deviceId);
    this.#devices.set(deviceId, device);
    return device;
  }
}
