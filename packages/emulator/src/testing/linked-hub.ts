import { HubError } from "../hub/hub-error.ts";
import type { HubDevices } from "../provisioning/hub-devices.ts";
import type { LinkedHub } from "../provisioning/linked-hubs.ts";
import { LocalDevices } from "../provisioning/local-devices.ts";
import { MemoryStore } from "../store/memory-store.ts";
import type { TestHub } from "./hub.ts";

/** A hub that devices can be assigned to, and that can be taken down. */
export class TestLinkedHub implements LinkedHub {
  readonly name: string;
  readonly hub: TestHub;
  readonly devices: HubDevices;
  isAvailable = true;
  /** Whether requests fail, as those to a process that was killed. */
  isDown = false;

  constructor(name: string, hub: TestHub) {
    this.name = name;
    this.hub = hub;
    const devices = new LocalDevices(hub, new MemoryStore());
    this.devices = {
      twin: (id) => this.#reach(() => devices.twin(id)),
      assign: (id, device) => this.#reach(() => devices.assign(id, device)),
      update: (id, change) => this.#reach(() => devices.update(id, change)),
      delete: (id) => this.#reach(() => devices.delete(id)),
    };
  }

  async #reach<Result>(run: () => Promise<Result>): Promise<Result> {
    if (this.isDown) throw new HubError("ServiceUnavailable", `${this.name} is down.`);
    return run();
  }

  host(): string {
    return this.name;
  }

  plainHost(): string {
    return `ws://${this.name}:80`;
  }

  accepts(hostName: string): boolean {
    return hostName === this.name;
  }
}
