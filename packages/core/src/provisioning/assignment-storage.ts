import { isJsonObject } from "../util/json.ts";

/**
 * Where a client keeps which hub its device was assigned to, so that it does not have to ask at each start. There are no
 * secrets in it: the host name of the hub and the device id. A `Map` is one that lasts as long as the program; the
 * runtime packages have one that lasts longer. May throw or reject: the client tells of it, and registers.
 */
export interface AssignmentStorage {
  /** @returns what was stored last; nothing when there is none */
  get(key: string): string | null | undefined | Promise<string | null | undefined>;
  /** Puts a value in the place of what was there. What is returned is waited for before the hub is dialled. */
  set(key: string, value: string): unknown;
}

/** A device at its hub, as the provisioning service says. */
export interface Assignment {
  readonly assignedHub: string;
  readonly deviceId: string;
}

/** The name of an assignment in a storage. */
export function assignmentKey(provisioningHost: string, idScope: string, registrationId: string): string {
  return `isohub/assignment/${provisioningHost}/${idScope}/${registrationId}`;
}

export function writeAssignment({ assignedHub, deviceId }: Assignment): string {
  return JSON.stringify({ assignedHub, deviceId });
}

/** @returns nothing for a text that is no assignment */
export function readAssignment(text: string): Assignment | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isJsonObject(value)) return undefined;
  const { assignedHub, deviceId } = value;
  return typeof assignedHub === "string" && typeof deviceId === "string"
    ? { assignedHub, deviceId }
    : undefined;
}
