import type { HubDevices } from "./hub-devices.ts";

/** A hub that devices can be assigned to. It may run in another process. */
export interface LinkedHub {
  /** The name in enrollments. */
  readonly name: string;
  readonly devices: HubDevices;
  /** Whether it can be reached, as far as is known. */
  readonly isAvailable: boolean;
  /** The host that devices are assigned to, with a port if they need one. */
  host(): string;
  /** The same for devices that can't use TLS: `ws://host:port`. */
  plainHost(): string;
  /** Whether it accepts a host name. */
  accepts(hostName: string): boolean;
}

/** The name that stands for every hub, in the `hubs` of an enrollment. */
export const everyHub = "*";

/** The hubs of a provisioning service. @source DPS documentation, "Linked IoT hubs" */
export class LinkedHubs {
  readonly #hubs: LinkedHub[] = [];
  readonly #expected = new Set<string>();

  /** The hub that devices are assigned to by default: the first. */
  get home(): LinkedHub {
    const [home] = this.#hubs;
    if (home === undefined) throw new Error("no hub has been linked yet");
    return home;
  }

  add(hub: LinkedHub): void {
    this.#hubs.push(hub);
  }

  remove(name: string): void {
    const at = this.#hubs.findIndex((hub) => hub.name === name);
    if (at >= 0) this.#hubs.splice(at, 1);
  }

  list(): readonly LinkedHub[] {
    return [...this.#hubs];
  }

  /** Returns the hub with this name or host. Without a port, it is the first hub that accepts the host name. */
  find(name: string): LinkedHub | undefined {
    const wanted = name.toLowerCase();
    return (
      this.#hubs.find((hub) => hub.name.toLowerCase() === wanted || hub.host().toLowerCase() === wanted) ??
      (/:\d+$/.test(name) ? undefined : this.#hubs.find((hub) => hub.accepts(name)))
    );
  }

  /** Lets enrollments name a hub that is linked later. Until then, its devices try again. */
  expect(name: string): void {
    this.#expected.add(name.toLowerCase());
  }

  /** Whether a hub is to be linked, and isn't yet. */
  awaits(name: string): boolean {
    return this.#expected.has(name.toLowerCase()) && this.find(name) === undefined;
  }

  /** Whether an enrollment may name this hub. */
  knows(name: string): boolean {
    return name === everyHub || this.awaits(name) || this.find(name) !== undefined;
  }
}
