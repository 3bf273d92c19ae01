import type { Clock } from "@isohub/core/internal";
import { isoTime } from "../hub/clock.ts";
import { newEtag } from "../hub/etag.ts";
import { messageOf } from "../hub/hub-error.ts";
import type { Store } from "../store/store.ts";
import type { Attested } from "./attesting.ts";
import type { Allocation, InitialTwin } from "./enrollment.ts";
import type { LinkedHub, LinkedHubs } from "./linked-hubs.ts";
import type { RegistrationState, RegistrationSubstatus } from "./registration-record.ts";

/** Options of {@link assign}. */
export interface AssignmentOptions {
  readonly hubs: LinkedHubs;
  readonly clock: Clock;
  /** The store of the service. Those of the hubs are scopes of the same store. */
  readonly store: Store;
}

/** The error code of a failed custom allocation. @source DPS error codes: 400207, custom allocation failed */
const customAllocationFailed = 400207;
const failedToAssign = 500001;

/**
 * Assigns a device to a hub and creates it there, or leaves it where it is, as the enrollment demands. Never throws: an
 * error becomes a failed registration.
 *
 * @param target - the hub to move the device to, whatever the allocation policy is
 */
export async function assign(
  options: AssignmentOptions,
  attested: Attested,
  payload: unknown,
  before: RegistrationState | undefined,
  target?: LinkedHub,
): Promise<RegistrationState> {
  const { hubs, store } = options;
  const { enrollment } = attested;
  const state = newState(options.clock, attested, before);
  if (enrollment.provisioningStatus === "disabled") return { ...state, status: "disabled" };
  const assigned = before?.status === "assigned" ? before : undefined;
  if (assigned !== undefined && enrollment.reprovisionPolicy === "never") {
    const { assignedHub = "", deviceId = "" } = assigned;
    const hub = hubs.find(assignedHub)?.hub;
    // The device stays where it is, but its credentials may be new.
    if (hub?.registry.find({ deviceId }) !== undefined) {
      hub.identities.update({ deviceId }, attested.credentials);
    }
    return assigned;
  }
  let allocation: Allocation;
  let hub: LinkedHub | undefined;
  try {
    allocation = await allocate(hubs, attested, payload);
    hub = target ?? (allocation.hub === undefined ? hubs.home : hubs.find(allocation.hub));
    if (hub === undefined) throw new Error(`'${allocation.hub}' is not a hub of this emulator`);
  } catch (error) {
    const operation = enrollment.allocation === "custom" ? "Custom allocation" : "Allocation";
    return failed(state, customAllocationFailed, `${operation} failed: ${messageOf(error)}`);
  }
  const to = hub;
  try {
    const deviceId = enrollment.deviceId ?? assigned?.deviceId ?? enrollmentDeviceId(attested);
    const initialTwin = allocation.initialTwin ?? enrollment.initialTwin;
    const from = assigned?.assignedHub === undefined ? undefined : hubs.find(assigned.assignedHub);
    const substatus = store.batch(() => settle(attested, deviceId, to, initialTwin, assigned, from));
    const returned = allocation.payload === undefined ? enrollment.payload : allocation.payload;
    return {
      ...state,
      assignedHub: to.host(),
      deviceId,
      status: "assigned",
      substatus,
      ...(returned === undefined ? {} : { payload: returned }),
    };
  } catch (error) {
    return failed(state, failedToAssign, messageOf(error));
  }
}

/** Returns the state of a registration that has failed. */
export function failed(state: RegistrationState, errorCode: number, errorMessage: string): RegistrationState {
  return { ...state, status: "failed", errorCode, errorMessage };
}

/** Returns the state of a registration that begins. */
export function newState(
  clock: Clock,
  { registrationId, enrollment }: Attested,
  before: RegistrationState | undefined,
): RegistrationState {
  const now = isoTime(clock.now());
  const group = enrollment.kind === "group" ? { enrollmentGroupId: enrollment.id } : {};
  return {
    registrationId: before?.registrationId ?? registrationId,
    createdDateTimeUtc: before?.createdDateTimeUtc ?? now,
    status: "assigning",
    lastUpdatedDateTimeUtc: now,
    etag: newEtag(),
    [enrollment.attestation.type]: group,
  };
}

async function allocate(
  linked: LinkedHubs,
  { enrollment, registrationId }: Attested,
  payload: unknown,
): Promise<Allocation> {
  const { hubs, allocation, allocator } = enrollment;
  if (allocator !== undefined) {
    const enrollmentGroupId = enrollment.kind === "group" ? enrollment.id : undefined;
    const candidates = hubs.length === 0 ? [linked.home.host()] : hubs;
    return allocator({ registrationId, enrollmentGroupId, payload, hubs: candidates });
  }
  if (allocation === "custom") throw new Error("the enrollment was restored without its function");
  // There are no latencies to compare, so the nearest hub is the first.
  const at = allocation === "hashed" ? hash(registrationId.toLowerCase()) % (hubs.length || 1) : 0;
  const hub = hubs[at];
  return hub === undefined ? {} : { hub };
}

/** Creates the device in its hub, with the twin that the reprovisioning policy demands, and deletes it in its old hub. */
function settle(
  { enrollment, credentials }: Attested,
  deviceId: string,
  { hub }: LinkedHub,
  initialTwin: InitialTwin,
  assigned: RegistrationState | undefined,
  from: LinkedHub | undefined,
): RegistrationSubstatus {
  const identity = { deviceId };
  const exists = hub.registry.find(identity) !== undefined;
  if (exists) hub.identities.update(identity, credentials);
  else hub.identities.create(identity, credentials);
  const oldHub = from === undefined || from.hub === hub ? undefined : from.hub;
  const old = oldHub?.registry.find({ deviceId: assigned?.deviceId ?? deviceId });
  const isReset = assigned !== undefined && enrollment.reprovisionPolicy === "reset";
  if (isReset) hub.twins.forget(identity);
  if (oldHub !== undefined && old !== undefined && !isReset) hub.twins.adopt(identity, oldHub.twins.of(old));
  else if (!exists || isReset) {
    const { tags, desired } = initialTwin;
    if (tags !== undefined) hub.twins.patchTags(identity, tags);
    if (desired !== undefined) hub.twins.patchDesired(identity, desired);
  }
  if (old !== undefined) oldHub?.identities.delete({ deviceId: old.deviceId });
  if (assigned === undefined) return "initialAssignment";
  if (isReset) return "deviceDataReset";
  if (from?.hub !== hub) return "deviceDataMigrated";
  return exists ? (assigned.substatus ?? "initialAssignment") : "reprovisionedToInitialAssignment";
}

function enrollmentDeviceId({ enrollment, registrationId }: Attested): string {
  return enrollment.kind === "individual" ? enrollment.id : registrationId;
}

// FNV-1a.
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193) >>> 0;
  return value;
}
