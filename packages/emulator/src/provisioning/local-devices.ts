import type { Hub } from "../hub/hub.ts";
import type { Store } from "../store/store.ts";
import type { AssignedDevice, HubDevices } from "./hub-devices.ts";

/** The devices of a hub of this process. */
export class LocalDevices implements HubDevices {
  readonly #hub: Hub;
  readonly #store: Store;

  /** @param store - of the hub */
  constructor(hub: Hub, store: Store) {
    this.#hub = hub;
    this.#store = store;
  }

  async twin(deviceId: string): ReturnType<HubDevices["twin"]> {
    const { registry, twins } = this.#hub;
    if (registry.find({ deviceId }) === undefined) return undefined;
    const { tags, desired, reported } = twins.of({ deviceId });
    return { tags, desired: desired.value, reported: reported.value };
  }

  async assign(deviceId: string, device: AssignedDevice): Promise<boolean> {
    return this.#store.batch(() => this.#assign(deviceId, device));
  }

  #assign(deviceId: string, { credentials, twin }: AssignedDevice): boolean {
    const { registry, identities, twins } = this.#hub;
    const identity = { deviceId };
    const exists = registry.find(identity) !== undefined;
    if (exists) identities.update(identity, credentials);
    else identities.create(identity, credentials);
    const { how, tags, desired, reported } = twin;
    if (how === "adopt") {
      twins.adopt(identity, { tags: tags ?? {}, desired: desired ?? {}, reported: reported ?? {} });
    } else if (how === "reset" || !exists) {
      twins.forget(identity);
      if (tags !== undefined) twins.patchTags(identity, tags);
      if (desired !== undefined) twins.patchDesired(identity, desired);
    }
    return exists;
  }

  async update(deviceId: string, change: Parameters<HubDevices["update"]>[1]): Promise<boolean> {
    const { registry, identities } = this.#hub;
    if (registry.find({ deviceId }) === undefined) return false;
    identities.update({ deviceId }, change);
    return true;
  }

  async delete(deviceId: string): Promise<void> {
    const { registry, identities } = this.#hub;
    if (registry.find({ deviceId }) !== undefined) identities.delete({ deviceId });
  }
}
