import { isJsonObject } from "../util/json.ts";

/**
 * A storage for the hub that a device is assigned to, so that it doesn't register at each start. It contains the host name of
 * the hub and the device id, and no secrets. A `Map` lasts as long as the program; the runtime packages have a persistent one.
 * If it throws or rejects, the client reports that as a background error, and registers.
 */
export interface AssignmentStorage {
  /** @returns the stored value; `null` or `undefined` if there is none */
  get(key: string): string | null | undefined | Promise<string | null | undefined>;
  /** Replaces the stored value. The client awaits the result before it connects to the hub. */
  set(key: string, value: string): unknown;
}

/** The assignment of a device to a hub. */
export interface Assignment {
  readonly assignedHub: string;
  readonly deviceId: string;
  /** Whether WebSockets are tried first, with `websockets: "auto"`. */
  readonly websockets?: boolean | undefined;
}

/** The key of an assignment in a storage. */
export function assignmentKey(provisioningHost: string, idScope: string, registrationId: string): string {
  return `isohub/assignment/${provisioningHost}/${idScope}/${registrationId}`;
}

export function writeAssignment({ assignedHub, deviceId, websockets }: Assignment): string {
  return JSON.stringify({ assignedHub, deviceId, ...(websockets ? { websockets } : {}) });
}

/** @returns `undefined` if the string isn't an assignment */
export function readAssignment(text: string): Assignment | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isJsonObject(value)) return undefined;
  const { assignedHub, deviceId, websockets } = value;
  return typeof assignedHub === "string" && typeof deviceId === "string"
    ? { assignedHub, deviceId, websockets: websockets === true }
    : undefined;
}
