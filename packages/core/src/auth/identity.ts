/** A device or module at its hub. Its ids stand unencoded in topics, client id, user name and resources. */
export interface Identity {
  readonly hostName: string;
  readonly deviceId: string;
  readonly moduleId: string | undefined;
}

/** The name of an identity at its hub: `{device}` or `{device}/{module}`. */
export function nameOf({ deviceId, moduleId }: Identity): string {
  return moduleId === undefined ? deviceId : `${deviceId}/${moduleId}`;
}

/** The path of an identity at its hub: `devices/{device}`, for a module followed by `/modules/{module}`. */
export function pathOf({ deviceId, moduleId }: Identity): string {
  return `devices/${deviceId}${moduleId === undefined ? "" : `/modules/${moduleId}`}`;
}

/** The resource that a SAS token of this identity grants access to. */
export function resourceOf(identity: Identity): string {
  return `${identity.hostName}/${pathOf(identity)}`;
}

/** Returns the rule that a credential for the other kind of client breaks, or `undefined` if it is for this kind. */
export function kindMismatch(kind: "device" | "module", moduleId: string | undefined): string | undefined {
  return (kind === "module") === (moduleId !== undefined)
    ? undefined
    : `must be for a ${kind}; for this one, use IoTHub${kind === "device" ? "Module" : "Device"}Client`;
}
