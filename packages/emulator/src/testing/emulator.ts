import { afterAll, beforeAll } from "vitest";
import type { Emulator } from "../api/emulator.ts";
import type { EmulatorOptions } from "../config/options.ts";
import type { HubEvent, HubEventOf, HubEventType } from "../hub/events/events.ts";
import { identityKey } from "../hub/identities/identity.ts";
import { startEmulator } from "../start-emulator.ts";
import { connect, type DeviceOptions, type TestDevice } from "./device.ts";

let created = 0;

/** An emulator for the tests of one file, with separate devices for each test. */
export class TestBench {
  readonly #options: EmulatorOptions;
  #emulator: Emulator | undefined;
  readonly events: HubEvent[] = [];
  readonly #watchers = new Set<() => void>();

  constructor(options: EmulatorOptions = {}) {
    this.#options = options;
    beforeAll(async () => {
      this.#emulator = await startEmulator(this.#options);
      this.#emulator.on((event) => {
        this.events.push(event);
        for (const watcher of [...this.#watchers]) watcher();
      });
    });
    afterAll(() => this.#emulator?.close());
  }

  get hub(): Emulator {
    if (this.#emulator === undefined) throw new Error("the emulator has not been started");
    return this.#emulator;
  }

  /** Registers a device with a new id. */
  async newDevice(): Promise<string> {
    const deviceId = `device-${++created}`;
    await this.hub.createDevice(deviceId);
    return deviceId;
  }

  /** Registers a module of a new device; resolves with `device/module`. */
  async newModule(moduleId = "m"): Promise<string> {
    const deviceId = await this.newDevice();
    await this.hub.createModule(deviceId, moduleId);
    return `${deviceId}/${moduleId}`;
  }

  /** Registers and connects a new device. */
  async device(options: DeviceOptions = {}): Promise<TestDevice> {
    return connect(this.hub, await this.newDevice(), options);
  }

  /** Resolves with the first event of a type for a device or a `device/module`, past or future. */
  event<Type extends HubEventType>(
    type: Type,
    deviceId: string,
    timeoutMs = 60_000,
  ): Promise<HubEventOf<Type>> {
    const isFor = (event: HubEvent): boolean => identityKey(event) === deviceId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#watchers.delete(watcher);
        const seen = this.events.filter(isFor).map((event) => event.type);
        reject(new Error(`no event ${type} of ${deviceId}; there were ${seen.join(", ")}`));
      }, timeoutMs);
      const watcher = (): void => {
        const found = this.events.find((event) => event.type === type && isFor(event));
        if (found === undefined) return;
        clearTimeout(timer);
        this.#watchers.delete(watcher);
        resolve(found as HubEventOf<Type>);
      };
      this.#watchers.add(watcher);
      watcher();
    });
  }
}
