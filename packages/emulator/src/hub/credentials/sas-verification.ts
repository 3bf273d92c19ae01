import {
  type CryptoProvider,
  decodeBase64,
  decodePercent,
  parseSasToken,
  type SasToken,
  utf8,
  webCrypto,
} from "@isohub/core/internal";
import type { HostNames } from "../host-names.ts";
import type { SharedAccessPolicy } from "./policies.ts";

/** The resource and permission that a token must grant, and the keys it may be signed with. */
export interface SasRequirement {
  readonly hostNames: HostNames;
  /** The path below the host: `["devices", id]` or `["devices", id, "modules", id]`. */
  readonly path: readonly string[];
  /** The keys of the identity, base64. */
  readonly keys: readonly string[];
  /** The policies that a token can name in `skn`. */
  readonly policies: ReadonlyMap<string, SharedAccessPolicy>;
  /** The permission that a policy must grant. */
  readonly permission: "DeviceConnect" | "ServiceConnect" | "RegistryRead" | "RegistryWrite";
  /** In milliseconds since 1970. */
  readonly now: number;
  /** Clock-skew tolerance for expired tokens, in seconds. */
  readonly skewSeconds: number;
  /** Computes the signature. Defaults to WebCrypto. */
  readonly crypto?: CryptoProvider | undefined;
}

/** The result of a check: a valid token, or the reason why it isn't valid. */
export type SasVerdict =
  | { readonly ok: true; readonly expiry: number; readonly policy: string | undefined }
  | { readonly ok: false; readonly reason: string };

/**
 * Checks a shared access signature as the hub does: over `sr` exactly as it was received.
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
  // An unencoded `sr` may contain an id with a '%', which decoding would change. .NET encodes ids before the resource.
  const readings = [token.resource, token.resourceText, decodePercent(token.resource)];
  if (!readings.some((resource) => covers(resource, requirement))) {
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
    if (await isSignedWith(token, key, requirement.crypto))
      return { ok: true, expiry: token.expiry, policy: token.keyName };
  }
  return { ok: false, reason: "the signature of the SAS token is wrong" };
}

/** Whether a token is signed with a key, base64, over `sr` exactly as it was received. */
export async function isSignedWith(token: SasToken, key: string, crypto?: CryptoProvider): Promise<boolean> {
  const bytes = decodeBase64(key);
  return bytes !== undefined && isSignedWithBytes(token, bytes, crypto);
}

/** Whether a token is signed with the bytes of a key, over `sr` exactly as it was received. */
export async function isSignedWithBytes(
  token: SasToken,
  bytes: Uint8Array<ArrayBuffer>,
  crypto: CryptoProvider = webCrypto,
): Promise<boolean> {
  const signature = decodeBase64(token.signature);
  if (bytes.length === 0 || signature === undefined) return false;
  return equalBytes(
    await crypto.hmacSha256(bytes, utf8(`${token.resourceText}\n${token.expiry}`)),
    signature,
  );
}

// `hub`, `hub/devices` and `hub/devices/d1` all cover `hub/devices/d1`, segment by segment.
function covers(resource: string, requirement: SasRequirement): boolean {
  const [host = "", ...path] = resource.replace(/\/$/, "").split("/");
  if (!requirement.hostNames.has(host) || path.length > requirement.path.length) return false;
  return path.every((segment, at) => segment === requirement.path[at]);
}

// Takes the same time wherever the signatures differ.
function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let at = 0; at < a.length; at++) difference |= (a[at] ?? 0) ^ (b[at] ?? 0);
  return difference === 0;
}
