import { setPageTimer } from "@isohub/browser/timer";
import { readyTypes } from "@isohub/simulator";
import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { HubAccess } from "../hub/hub-access.ts";
import type { WireLog } from "../wire/wire-log.ts";
import { type DeviceSpec, SimulatedDevice } from "./simulated-device.ts";

/** All devices of this page. */
export class Fleet {
  readonly devices: Signal<readonly SimulatedDevice[]> = signal([]);
  /** The number of devices that are connected. */
  readonly connected: ReadonlySignal<number> = computed(
    () => this.devices.value.filter(({ state }) => state.value.status === "connected").length,
  );
  readonly #hub: HubAccess;
  readonly #wire: WireLog;

  constructor(hub: HubAccess, wire: WireLog) {
    this.#hub = hub;
    this.#wire = wire;
    hub.onTelemetry(({ deviceId, moduleId, systemProperties }) => {
      const { messageId } = systemProperties;
      const id = moduleId === undefined ? deviceId : `${deviceId}/${moduleId}`;
      if (messageId !== undefined) this.find(id)?.arrived(messageId);
    });
    hub.onRestart(() => {
      for (const device of this.devices.peek()) device.ledger.restart();
    });
  }

  find(id: string): SimulatedDevice | undefined {
    return this.#byId.get(id);
  }

  readonly #byId = new Map<string, SimulatedDevice>();

  /** Adds a device that is off, and the modules of its type. Its id must be free. */
  add(spec: DeviceSpec): SimulatedDevice[] {
    const modules = spec.credential.kind === "local" ? Object.entries(spec.type.modules ?? {}) : [];
    const identities = modules.map(([name, typeName]) => ({
      ...spec,
      id: `${spec.id}/${name}`,
      typeName,
      type: readyTypes[typeName] ?? {},
    }));
    return [spec, ...identities].map((each) => this.#add(each));
  }

  #add(spec: DeviceSpec): SimulatedDevice {
    if (this.#byId.has(spec.id))
      throw new Error(`The device id must be unused in this page, got '${spec.id}'`);
    const device = new SimulatedDevice(this.#hub, this.#wire, spec);
    this.#byId.set(spec.id, device);
    this.devices.value = [...this.devices.peek(), device];
    return device;
  }

  /** Switches devices on, one after the other. @param staggerMs - the time between two of them */
  powerOn(devices: readonly SimulatedDevice[], staggerMs = 0): void {
    devices.forEach((device, index) => {
      if (staggerMs === 0) void device.powerOn();
      else setPageTimer(() => this.find(device.id) === device && void device.powerOn(), index * staggerMs);
    });
  }

  async powerOff(devices: readonly SimulatedDevice[]): Promise<void> {
    await Promise.all(devices.map((device) => device.powerOff()));
  }

  /** Switches devices off and removes them from the page. They stay registered at the hub. */
  async remove(devices: readonly SimulatedDevice[]): Promise<void> {
    for (const { id } of devices) this.#byId.delete(id);
    this.devices.value = this.devices.peek().filter((device) => !devices.includes(device));
    await this.powerOff(devices);
  }

  /** Adds a device like another one, with its modules. */
  clone(device: SimulatedDevice): SimulatedDevice[] {
    if (device.id.includes("/")) return [];
    return this.add({ ...device.spec, id: this.freeId(device.id.replace(/-\d+$/, "")) });
  }

  /** Returns an id that no device of this page has: `prefix-1`, and so on. */
  freeId(prefix: string): string {
    for (let number = 1; ; number++) if (!this.#byId.has(`${prefix}-${number}`)) return `${prefix}-${number}`;
  }
}
