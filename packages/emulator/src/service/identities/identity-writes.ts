import type { EtagCondition } from "../../hub/etag.ts";
import type { Hub } from "../../hub/hub.ts";
import type { Identity } from "../../hub/identities/identity.ts";
import type { ServiceIdentityOptions } from "../../hub/identities/registry.ts";

/** The modules that every IoT Edge device has. */
const edgeModules = ["$edgeAgent", "$edgeHub"] as const;

/** Creates an identity; an IoT Edge device with its system modules. @throws {HubError} as {@link Hub.identities} */
export function createIdentity(hub: Hub, identity: Identity, options: ServiceIdentityOptions): void {
  hub.identities.create(identity, options);
  addEdgeModules(hub, identity);
}

/** Updates an identity. A device that becomes an IoT Edge device gets the system modules. @throws {HubError} */
export function updateIdentity(
  hub: Hub,
  identity: Identity,
  options: ServiceIdentityOptions,
  condition: EtagCondition | undefined,
): void {
  hub.identities.update(identity, options, condition);
  addEdgeModules(hub, identity);
}

function addEdgeModules({ registry, identities }: Hub, { deviceId, moduleId }: Identity): void {
  if (moduleId !== undefined || !registry.require({ deviceId }).iotEdge) return;
  for (const name of edgeModules) {
    const module = { deviceId, moduleId: name };
    if (registry.find(module) === undefined) identities.create(module, { managedBy: "iotEdge" });
  }
}
