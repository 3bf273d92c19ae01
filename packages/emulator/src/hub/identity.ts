import { HubError } from "./hub-error.ts";

/** Who connects: a device, or a module of a device. */
export interface Identity {
  readonly deviceId: string;
  readonly moduleId?: string;
}

/**
 * An identity as one text: `device` or `device/module`. It is also the client id, and neither id can hold a slash.
 */
export function identityKey(identity: Identity): string {
  return identity.moduleId === undefined ? identity.deviceId : `${identity.deviceId}/${identity.moduleId}`;
}

/** Reads an identity from its text; `undefined` when it is neither `device` nor `device/module`. */
export function parseIdentity(key: string): Identity | undefined {
  const [deviceId, moduleId, ...more] = key.split("/");
  if (!deviceId || moduleId === "" || more.length > 0) return undefined;
  return moduleId === undefined ? { deviceId } : { deviceId, moduleId };
}

/** How topics of an identity begin: `devices/{d}` or `devices/{d}/modules/{m}`, ids as they are, never encoded. */
export function topicRoot({ deviceId, moduleId }: Identity): string {
  return moduleId === undefined ? `devices/${deviceId}` : `devices/${deviceId}/modules/${moduleId}`;
}

const idRule = /^[A-Za-z0-9\-:.+%_#*?!(),=@$']{1,128}$/;

/**
 * Refuses an id the hub would not take.
 *
 * @throws {HubError} ArgumentInvalid
 * @source IoT Hub documentation, "Understand the identity registry", device identity properties
 */
export function checkId(id: string, what: "deviceId" | "moduleId"): void {
  if (idRule.test(id)) return;
  throw new HubError(
    "ArgumentInvalid",
    `${what} '${id}' must be 1 to 128 characters of A-Z a-z 0-9 - : . + % _ # * ? ! ( ) , = @ $ '`,
  );
}
