import { decodeBase64, hmacSha256, parseSasToken, type SasToken, utf8 } from "@isohub/core/internal";
import type { HostNames } from "./host-names.ts";
import type { SharedAccessPolicy } from "./policies.ts";

/** What a token is asked to open, and with which keys. */
export interface SasRequirement {
  readonly hostNames: HostNames;
  /** Path below the host: `["devices", id]` or `["devices", id, "modules", id]`. */
  readonly path: readonly string[];
  /** The keys of the identity itself, base64. */
  readonly keys: readonly string[];
  /** The policies a token may be signed under, by name. */
  readonly policies: ReadonlyMap<string, SharedAccessPolicy>;
  /** What a policy must allow. */
  readonly permission: "DeviceConnect" | "ServiceConnect" | "RegistryRead" | "RegistryWrite";
  /** Milliseconds since 1970. */
  readonly now: number;
  /** How long an expired token is still taken, in seconds. */
  readonly skewSeconds: number;
}

/** A good token, or why it is not one. */
export type SasVerdict =
  | { readonly ok: true; readonly expiry: number; readonly policy: string | undefined }
  | { readonly ok: false; readonly reason: string };

/**
 * Checks a shared access signature the way the hub does: over the `sr` text exactly as it was received.
 *
 * @source IoT Hub documentation, "Control access to IoT Hub with shared access signatures"
 */
export async function verifySas(text: string, requirement: SasRequirement): Promise<SasVerdict> {
  let token: SasToken;
  try {
    token = parseSasToken(text);
  } catch {
    return { ok: false, reason: "the SAS token is malformed" };
  }
  if (requirement.now > (token.expiry + requirement.skewSeconds) * 1000) {
    return { ok: false, reason: "the SAS token has expired" };
  }
  // An un-encoded `sr` may hold an id with a '%' of its own, which decoding would change.
  if (!covers(token.resource, requirement) && !covers(token.resourceText, requirement)) {
    return { ok: false, reason: "the SAS token is for another resource" };
  }
  let keys = requirement.keys;
  if (token.keyName !== undefined) {
    const policy = requirement.policies.get(token.keyName);
    if (policy === undefined) return { ok: false, reason: `there is no policy '${token.keyName}'` };
    if (!policy.permissions.has(requirement.permission)) {
      return { ok: false, reason: `the policy '${token.keyName}' does not allow ${requirement.permission}` };
    }
    keys = [policy.primaryKey, policy.secondaryKey];
  }
  for (const key of keys) {
    if (await isSignedWith(token, key)) return { ok: true, expiry: token.expiry, policy: token.keyName };
  }
  return { ok: false, reason: "the signature of the SAS token is wrong" };
}

/** Whether a key, base64, has signed a token: over the `sr` text exactly as it was received. */
export async function isSignedWith(token: SasToken, key: string): Promise<boolean> {
  const bytes = decodeBase64(key);
  const signature = decodeBase64(token.signature);
  if (bytes === undefined || bytes.length === 0 || signature === undefined) return false;
  return equalBytes(await hmacSha256(bytes, utf8(`${token.resourceText}\n${token.expiry}`)), signature);
}

// `hub`, `hub/devices` and `hub/devices/d1` all cover `hub/devices/d1`, segment by segment.
function covers(resource: string, requirement: SasRequirement): boolean {
  const [host = "", ...path] = resource.replace(/\/$/, "").split("/");
  if (!requirement.hostNames.has(host) || path.length > requirement.path.length) return false;
  return path.every((segment, at) => segment === requirement.path[at]);
}

// Takes the same time wherever two signatures differ.
function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let at = 0; at < a.length; at++) difference |= (a[at] ?? 0) ^ (b[at] ?? 0);
  return difference === 0;
}
