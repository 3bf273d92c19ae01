import type { Hub } from "../hub/hub.ts";

/** A hub that devices can be assigned to. */
export interface LinkedHub {
  /** What enrollments call it. */
  readonly name: string;
  readonly hub: Hub;
  /** The host that devices are told, with a port where they need one. */
  host(): string;
  /** The same for those who cannot do TLS: `ws://host:port`. */
  plainHost(): string;
  /** Whether it answers to a host name. */
  isCalled(hostName: string): boolean;
}

/** The hubs of a provisioning service. @source DPS documentation, "Linked IoT hubs" */
export class LinkedHubs {
  readonly #hubs: LinkedHub[] = [];

  /** The one that devices come to when nothing else is said: the first. */
  get home(): LinkedHub {
    const [home] = this.#hubs;
    if (home === undefined) throw new Error("no hub has been linked yet");
    return home;
  }

  add(hub: LinkedHub): void {
    this.#hubs.push(hub);
  }

  remove(name: string): void {
    const at = this.#hubs.findIndex((one) => one.name === name);
    if (at >= 0) this.#hubs.splice(at, 1);
  }

  list(): readonly LinkedHub[] {
    return [...this.#hubs];
  }

  /** By its name, by its host with the port, or by its host alone: then the first that has it. */
  find(name: string): LinkedHub | undefined {
    const wanted = name.toLowerCase();
    return (
      this.#hubs.find((one) => one.name.toLowerCase() === wanted || one.host().toLowerCase() === wanted) ??
      (/:\d+$/.test(name) ? undefined : this.#hubs.find((one) => one.isCalled(name)))
    );
  }
}
