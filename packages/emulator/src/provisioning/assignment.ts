import type { Clock } from "@isohub/core/internal";
import { isoTime } from "../hub/clock.ts";
import { newEtag } from "../hub/etag.ts";
import { HubError, messageOf } from "../hub/hub-error.ts";
import { type AllocatedHubs, allocate } from "./allocation.ts";
import type { Attested } from "./attesting.ts";
import type { AssignedTwin } from "./hub-devices.ts";
import type { LinkedHub, LinkedHubs } from "./linked-hubs.ts";
import type { RegistrationState, RegistrationSubstatus } from "./registration-record.ts";

/** Options of {@link assign}. */
export interface AssignmentOptions {
  readonly hubs: LinkedHubs;
  readonly clock: Clock;
}

/** The error code of a failed custom allocation. @source DPS error codes: 400207, custom allocation failed */
const customAllocationFailed = 400207;
const failedToAssign = 500001;

/**
 * Assigns a device to a hub and creates it there, or leaves it where it is, as the enrollment demands. If a hub can't be
 * reached, the device gets the next one that its enrollment allows. Any other error becomes a failed registration.
 *
 * @param target - the hub to move the device to, whatever the allocation policy is
 * @throws {HubError} ServiceUnavailable if no hub that the device may get can be reached
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
  const assigned = before?.status === "assigned" ? before : undefined;
  if (assigned !== undefined && enrollment.reprovisionPolicy === "never") {
    const { assignedHub = "", deviceId = "" } = assigned;
    // The device stays where it is, but its credentials may be new.
    await hubs.find(assignedHub)?.devices.update(deviceId, attested.credentials);
    return assigned;
  }
  let allocated: AllocatedHubs;
  try {
    allocated = await allocate(hubs, attested, payload);
  } catch (error) {
    if (isUnavailable(error)) throw error;
    const operation = enrollment.allocation === "custom" ? "Custom allocation" : "Allocation";
    return failed(state, customAllocationFailed, `${operation} failed: ${messageOf(error)}`);
  }
  const deviceId = enrollment.deviceId ?? assigned?.deviceId ?? enrollmentDeviceId(attested);
  const initialTwin = allocated.initialTwin ?? enrollment.initialTwin;
  const from = assigned?.assignedHub === undefined ? undefined : hubs.find(assigned.assignedHub);
  const wanted = target === undefined ? allocated.hubs : [target];
  let problem = "it has left";
  for (const to of wanted.filter(({ isAvailable }) => isAvailable)) {
    try {
      const twin = { how: "initial", ...initialTwin } as const;
      const substatus = await settle(attested, deviceId, to, twin, assigned, from);
      const returned = allocated.payload === undefined ? enrollment.payload : allocated.payload;
      return {
        ...state,
        assignedHub: to.host(),
        deviceId,
        status: "assigned",
        substatus,
        ...(returned === undefined ? {} : { payload: returned }),
      };
    } catch (error) {
      if (!isUnavailable(error)) return failed(state, failedToAssign, messageOf(error));
      problem = messageOf(error);
    }
  }
  const names = wanted.map(({ name }) => name).join(", ");
  throw new HubError("ServiceUnavailable", `None of the device's hubs (${names}) can be reached: ${problem}`);
}

/** Whether an error means that a hub can't be reached, so that another attempt may succeed. */
function isUnavailable(error: unknown): boolean {
  return error instanceof HubError && error.name === "ServiceUnavailable";
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

/**
 * Creates the device in its hub, with the twin that the reprovisioning policy demands, and deletes it in its old hub. If the
 * old hub can't be reached, the device is assigned as if it were new. If a process ends between the two steps, both hubs have
 * the device, and its next registration repeats them.
 */
async function settle(
  { enrollment, credentials }: Attested,
  deviceId: string,
  to: LinkedHub,
  initialTwin: AssignedTwin,
  assigned: RegistrationState | undefined,
  from: LinkedHub | undefined,
): Promise<RegistrationSubstatus> {
  const oldHub = from?.name !== to.name && from?.isAvailable === true ? from : undefined;
  const oldId = assigned?.deviceId ?? deviceId;
  const isReset = assigned !== undefined && enrollment.reprovisionPolicy === "reset";
  const moved = isReset ? undefined : await ifReached(oldHub?.devices.twin(oldId));
  const exists = await to.devices.assign(deviceId, {
    credentials,
    twin:
      moved === undefined
        ? { ...initialTwin, how: isReset ? "reset" : "initial" }
        : { how: "adopt", ...moved },
  });
  await ifReached(oldHub?.devices.delete(oldId));
  if (assigned === undefined) return "initialAssignment";
  if (isReset) return "deviceDataReset";
  if (from?.name !== to.name) return "deviceDataMigrated";
  return exists ? (assigned.substatus ?? "initialAssignment") : "reprovisionedToInitialAssignment";
}

/** Resolves with the answer of a hub, or with `undefined` if the hub can't be reached. */
export async function ifReached<Result>(answer: Promise<Result> | undefined): Promise<Result | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isUnavailable(error)) return undefined;
    throw error;
  }
}

function enrollmentDeviceId({ enrollment, registrationId }: Attested): string {
  return enrollment.kind === "individual" ? enrollment.id : registrationId;
}
