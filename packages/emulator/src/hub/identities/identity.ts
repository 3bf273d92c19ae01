import { HubError } from "../hub-error.ts";

/** A device, or a module of a device. */
export interface Identity {
  readonly deviceId: string;
  readonly moduleId?: string;
}

/**
 * Returns an identity as a string: `device` or `device/module`. It is also the client id. Neither id can contain a slash.
 */
export function identityKey(identity: Identity): string {
  return identity.moduleId === undefined ? identity.deviceId : `${identity.deviceId}/${identity.moduleId}`;
}

/** Parses `device` or `device/module`; returns `undefined` for anything else. */
export function parseIdentity(key: string): Identity | undefined {
  const [deviceId, moduleId, ...more] = key.split("/");
  if (!deviceId || moduleId === "" || more.length > 0) return undefined;
  return moduleId === undefined ? { deviceId } : { deviceId, moduleId };
}

/** Returns the beginning of an identity's topics: `devices/{d}` or `devices/{d}/modules/{m}`. Ids are not encoded. */
export function topicRoot({ deviceId, moduleId }: Identity): string {
  return moduleId === undefined ? `devices/${deviceId}` : `devices/${deviceId}/modules/${moduleId}`;
}

/**
 * The form of the id of a device or module.
 *
 * @source IoT Hub documentation, "Understand the identity registry", device identity properties
 */
export const idForm = {
  pattern: "^[A-Za-z0-9\\-:.+%_#*?!(),=@$']{1,128}$",
  rule: "1 to 128 characters of A-Z a-z 0-9 - : . + % _ # * ? ! ( ) , = @ $ '",
} as const;
const idPattern = new RegExp(idForm.pattern);

/** Checks the id of a device or module. @throws {HubError} ArgumentInvalid */
export function checkId(id: string, field: "deviceId" | "moduleId"): void {
  if (idPattern.test(id)) return;
  throw new HubError("ArgumentInvalid", `${field} must be ${idForm.rule}, got '${id}'`);
}
