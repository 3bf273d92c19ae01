import type { PolicyKeys } from "../hub/credentials/policies.ts";
import type { Hub } from "../hub/hub.ts";
import { HubError } from "../hub/hub-error.ts";
import type { KeyMaker } from "../hub/identities/authentication.ts";
import type { Identity } from "../hub/identities/identity.ts";
import type { LinkedHubs } from "../provisioning/linked-hubs.ts";
import type { Provisioning } from "../provisioning/provisioning.ts";
import type { Store } from "../store/store.ts";
import type { DeviceSeed, HubState, TwinSeed } from "./state.ts";

/** Sets the given keys of policies, before a hub or the provisioning service reads them. */
export function seedPolicies(store: Store, { policies = {} }: HubState, makeKey: KeyMaker): void {
  const table = store.table<PolicyKeys>("policies");
  for (const [name, { primaryKey, secondaryKey }] of Object.entries(policies)) {
    const before = table.get(name);
    const owner = `policies/${name}`;
    table.set(name, {
      primaryKey: primaryKey ?? before?.primaryKey ?? makeKey(owner, "primary"),
      secondaryKey: secondaryKey ?? before?.secondaryKey ?? makeKey(owner, "secondary"),
    });
  }
}

/**
 * Creates what a document describes, unless it exists: devices with modules and twins, authorities, routes, and event hubs.
 * Existing identities get the credentials and the status of the document, and keep their twins.
 *
 * @throws {TypeError} with the path of the invalid member
 */
export function seedHub(
  hub: Hub,
  { devices = [], caCertificates = [], routes = [], eventHubs = [], messageRoutes = [] }: HubState,
): void {
  for (const [at, pem] of caCertificates.entries()) {
    within(`caCertificates[${at}]`, () => hub.authorities.add(pem));
  }
  requireUnique(
    devices.map(({ deviceId }) => deviceId),
    "devices",
    "deviceId",
  );
  for (const [at, device] of devices.entries()) {
    const path = `devices[${at}]`;
    seedDevice(hub, device, path);
  }
  for (const [at, name] of eventHubs.entries()) {
    within(`eventHubs[${at}]`, () => hub.eventHubs.create(name));
  }
  for (const [at, { name, ...route }] of messageRoutes.entries()) {
    within(`messageRoutes[${at}]`, () => hub.router.create(name, route));
  }
  for (const [at, route] of routes.entries()) {
    const text = JSON.stringify(route);
    const exists = hub.inputs.routes.list().some(({ from, to }) => JSON.stringify({ from, to }) === text);
    if (!exists) within(`routes[${at}]`, () => hub.inputs.routes.add(route));
  }
}

/** Creates or replaces the enrollments of a document. @throws {TypeError} with the path of the invalid member */
export function seedProvisioning(
  { individual, groups }: Provisioning,
  { joinedHubs = [], enrollments = [], enrollmentGroups = [] }: HubState,
  linked: LinkedHubs,
): void {
  for (const name of joinedHubs) linked.expect(name);
  requireUnique(
    enrollments.map(({ registrationId: id }) => id.toLowerCase()),
    "enrollments",
    "registrationId",
  );
  for (const [at, { registrationId, ...options }] of enrollments.entries()) {
    const path = `enrollments[${at}]`;
    within(path, () => individual.put(registrationId, options));
  }
  const groupIds = enrollmentGroups.map(({ enrollmentGroupId: id }) => id.toLowerCase());
  requireUnique(groupIds, "enrollmentGroups", "enrollmentGroupId");
  for (const [at, { enrollmentGroupId, ...options }] of enrollmentGroups.entries()) {
    const path = `enrollmentGroups[${at}]`;
    within(path, () => groups.put(enrollmentGroupId, options));
  }
}

function seedDevice(hub: Hub, device: DeviceSeed, path: string): void {
  const { deviceId, twin, modules = [], ...options } = device;
  seedIdentity(hub, { deviceId }, options, twin, path);
  requireUnique(
    modules.map(({ moduleId }) => moduleId),
    `${path}.modules`,
    "moduleId",
  );
  for (const [at, module] of modules.entries()) {
    const { moduleId, twin: moduleTwin, ...moduleOptions } = module;
    const modulePath = `${path}.modules[${at}]`;
    seedIdentity(hub, { deviceId, moduleId }, moduleOptions, moduleTwin, modulePath);
  }
}

function seedIdentity(
  hub: Hub,
  identity: Identity,
  options: Parameters<Hub["identities"]["create"]>[1],
  twin: TwinSeed | undefined,
  path: string,
): void {
  if (hub.registry.find(identity) !== undefined) {
    if (Object.keys(options).length > 0) within(path, () => hub.identities.update(identity, options));
    return;
  }
  within(path, () => hub.identities.create(identity, options));
  if (twin?.tags !== undefined) within(`${path}.twin.tags`, () => hub.twins.patchTags(identity, twin.tags));
  if (twin?.desired !== undefined) {
    within(`${path}.twin.desired`, () => hub.twins.patchDesired(identity, twin.desired));
  }
  if (twin?.reported !== undefined) {
    within(`${path}.twin.reported`, () => hub.twins.patchReported(identity, twin.reported));
  }
}

function requireUnique(ids: readonly string[], path: string, field: string): void {
  const seen = new Set<string>();
  for (const [at, id] of ids.entries()) {
    if (seen.has(id)) throw new TypeError(`${path}[${at}].${field} must be unique, got '${id}' again`);
    seen.add(id);
  }
}

/** Runs a step, and prefixes its error with the path of the member that it reads. */
function within(path: string, run: () => unknown): void {
  try {
    run();
  } catch (error) {
    if (error instanceof HubError) throw new TypeError(`${path}: ${error.message}`);
    throw error;
  }
}
