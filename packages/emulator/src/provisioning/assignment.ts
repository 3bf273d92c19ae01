import type { Clock } from "@isohub/core/internal";
import { isoTime } from "../hub/clock.ts";
import { messageOf } from "../hub/hub-error.ts";
import { newEtag } from "../hub/registry.ts";
import type { Attested } from "./attesting.ts";
import type { Allocation, InitialTwin } from "./enrollment.ts";
import type { LinkedHub, LinkedHubs } from "./linked-hubs.ts";
import type { RegistrationState, RegistrationSubstatus } from "./registration-record.ts";

/** What devices are assigned with. */
export interface AssignmentOptions {
  readonly hubs: LinkedHubs;
  readonly clock: Clock;
}

/** Custom allocation that did not work out. @source DPS error codes: 400207, custom allocation failed */
const customAllocationFailed = 400207;
const failedToAssign = 500001;

/**
 * Assigns a device to a hub and makes it known there, or leaves it where it is, as the enrollment says. Never throws:
 * what goes wrong makes a registration that has failed.
 *
 * @param target - the hub it is moved to, whatever the allocation says
 */
export async function assign(
  options: AssignmentOptions,
  attested: Attested,
  payload: unknown,
  before: RegistrationState | undefined,
  target?: LinkedHub,
): Promise<RegistrationState> {
  const { hubs } = options;
  const { enrollment } = attested;
  const state = newState(options.clock, attested, before);
  if (enrollment.provisioningStatus === "disabled") return { ...state, status: "disabled" };
  const was = before?.status === "assigned" ? before : undefined;
  if (was !== undefined && enrollment.reprovisionPolicy === "never") {
    const { assignedHub = "", deviceId = "" } = was;
    const hub = hubs.find(assignedHub)?.hub;
    // Where it is stays as it was; what it proves itself with may be new.
    if (hub?.registry.find({ deviceId }) !== undefined) hub.update({ deviceId }, attested.credentials);
    return was;
  }
  let allocation: Allocation;
  let assigned: LinkedHub | undefined;
  try {
    allocation = await allocate(hubs, attested, payload);
    assigned = target ?? (allocation.hub === undefined ? hubs.home : hubs.find(allocation.hub));
    if (assigned === undefined) throw new Error(`'${allocation.hub}' is not a hub of this emulator`);
  } catch (error) {
    const what = enrollment.allocator === undefined ? "Allocation" : "Custom allocation";
    return failed(state, customAllocationFailed, `${what} failed: ${messageOf(error)}`);
  }
  try {
    const deviceId = enrollment.deviceId ?? was?.deviceId ?? enrollmentDeviceId(attested);
    const twin = allocation.initialTwin ?? enrollment.initialTwin;
    const from = was?.assignedHub === undefined ? undefined : hubs.find(was.assignedHub);
    const substatus = settle(attested, deviceId, assigned, twin, was, from);
    const given = allocation.payload === undefined ? enrollment.payload : allocation.payload;
    return {
      ...state,
      assignedHub: assigned.host(),
      deviceId,
      status: "assigned",
      substatus,
      ...(given === undefined ? {} : { payload: given }),
    };
  } catch (error) {
    return failed(state, failedToAssign, messageOf(error));
  }
}

/** A registration that has failed. */
export function failed(state: RegistrationState, errorCode: number, errorMessage: string): RegistrationState {
  return { ...state, status: "failed", errorCode, errorMessage };
}

/** A registration that is under way. */
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
  const { hubs, allocator } = enrollment;
  if (allocator !== undefined) {
    const enrollmentGroupId = enrollment.kind === "group" ? enrollment.id : undefined;
    const choice = hubs.length === 0 ? [linked.home.host()] : hubs;
    return allocator({ registrationId, enrollmentGroupId, payload, hubs: choice });
  }
  // Without latencies to compare, the nearest hub is the first.
  const at = enrollment.allocation === "hashed" ? hash(registrationId.toLowerCase()) % (hubs.length || 1) : 0;
  const hub = hubs[at];
  return hub === undefined ? {} : { hub };
}

/** Makes the device known in the hub, with the twin that its policy leaves it, and unknown in the hub it comes from. */
function settle(
  { enrollment, credentials }: Attested,
  deviceId: string,
  { hub }: LinkedHub,
  initialTwin: InitialTwin,
  was: RegistrationState | undefined,
  from: LinkedHub | undefined,
): RegistrationSubstatus {
  const identity = { deviceId };
  const isThere = hub.registry.find(identity) !== undefined;
  if (isThere) hub.update(identity, credentials);
  else hub.create(identity, credentials);
  const left = from === undefined || from.hub === hub ? undefined : from.hub;
  const old = left?.registry.find({ deviceId: was?.deviceId ?? deviceId });
  const isReset = was !== undefined && enrollment.reprovisionPolicy === "reset";
  if (isReset) hub.twins.forget(identity);
  if (old !== undefined && !isReset) hub.twins.adopt(identity, left?.twins.of(old));
  else if (!isThere || isReset) {
    const { tags, desired } = initialTwin;
    if (tags !== undefined) hub.twins.of(identity).patchTags(tags);
    if (desired !== undefined) hub.twins.patchDesired(identity, desired);
  }
  if (old !== undefined) left?.delete({ deviceId: old.deviceId });
  if (was === undefined) return "initialAssignment";
  if (isReset) return "deviceDataReset";
  if (from?.hub !== hub) return "deviceDataMigrated";
  return isThere ? (was.substatus ?? "initialAssignment") : "reprovisionedToInitialAssignment";
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
