import type { Clock } from "@isohub/core";
import { isoTime } from "../hub/clock.ts";
import type { Hub } from "../hub/hub.ts";
import { messageOf } from "../hub/hub-error.ts";
import { newEtag } from "../hub/registry.ts";
import type { Attested } from "./attesting.ts";
import type { Allocation, InitialTwin } from "./enrollment.ts";
import type { RegistrationState, RegistrationSubstatus } from "./registration-record.ts";

/** What devices are assigned with. */
export interface AssignmentOptions {
  readonly hub: Hub;
  readonly clock: Clock;
  /** The host of a hub, with a port where clients need one; of the emulator's own name when none is given. */
  hostOf(hub: string | undefined): string;
}

/** Custom allocation that did not work out. @source DPS error codes: 400207, custom allocation failed */
const customAllocationFailed = 400207;
const failedToAssign = 500001;

/**
 * Assigns a device to a hub and makes it known there, or leaves it where it is, as the enrollment says. Never throws:
 * what goes wrong makes a registration that has failed.
 */
export async function assign(
  options: AssignmentOptions,
  attested: Attested,
  payload: unknown,
  before: RegistrationState | undefined,
): Promise<RegistrationState> {
  const { enrollment } = attested;
  const state = newState(options.clock, attested, before);
  if (enrollment.provisioningStatus === "disabled") return { ...state, status: "disabled" };
  const was = before?.status === "assigned" ? before : undefined;
  if (was !== undefined && enrollment.reprovisionPolicy === "never") return was;
  let allocation: Allocation;
  try {
    allocation = await allocate(options, attested, payload);
  } catch (error) {
    return failed(state, customAllocationFailed, `Custom allocation failed: ${messageOf(error)}`);
  }
  try {
    const assignedHub = options.hostOf(allocation.hub);
    const deviceId = enrollment.deviceId ?? was?.deviceId ?? enrollmentDeviceId(attested);
    const twin = allocation.initialTwin ?? enrollment.initialTwin;
    const substatus = settle(options.hub, attested, deviceId, assignedHub, twin, was);
    const given = allocation.payload === undefined ? enrollment.payload : allocation.payload;
    return {
      ...state,
      assignedHub,
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
  { hostOf }: AssignmentOptions,
  { enrollment, registrationId }: Attested,
  payload: unknown,
): Promise<Allocation> {
  const { hubs, allocator } = enrollment;
  if (allocator !== undefined) {
    const enrollmentGroupId = enrollment.kind === "group" ? enrollment.id : undefined;
    const linked = hubs.length === 0 ? [hostOf(undefined)] : hubs;
    return allocator({ registrationId, enrollmentGroupId, payload, hubs: linked });
  }
  // Without latencies to compare, the nearest hub is the first.
  const at = enrollment.allocation === "hashed" ? hash(registrationId.toLowerCase()) % (hubs.length || 1) : 0;
  const hub = hubs[at];
  return hub === undefined ? {} : { hub };
}

/** Makes the device known in the hub, with the twin that its policy leaves it. */
function settle(
  hub: Hub,
  { enrollment, credentials }: Attested,
  deviceId: string,
  assignedHub: string,
  initialTwin: InitialTwin,
  was: RegistrationState | undefined,
): RegistrationSubstatus {
  const identity = { deviceId };
  const isThere = hub.registry.find(identity) !== undefined;
  if (isThere) hub.update(identity, credentials);
  else hub.create(identity, credentials);
  const isReset = was !== undefined && enrollment.reprovisionPolicy === "reset";
  if (isReset) hub.twins.forget(identity);
  if (!isThere || isReset) {
    const { tags, desired } = initialTwin;
    if (tags !== undefined) hub.twins.of(identity).patchTags(tags);
    if (desired !== undefined) hub.twins.patchDesired(identity, desired);
  }
  if (was === undefined) return "initialAssignment";
  if (isReset) return "deviceDataReset";
  if (was.assignedHub !== assignedHub) return "deviceDataMigrated";
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
