import { decodePercent, parseSasToken, type SasToken, utf8 } from "@isohub/core/internal";
import type { AuthContext } from "./credentials.ts";
import type { Permission } from "./policies.ts";
import { isSignedWith, isSignedWithBytes } from "./sas-verification.ts";

/** The rights that a token of a shared access policy grants. */
export interface PolicyClaim {
  readonly policy: string;
  readonly permissions: ReadonlySet<Permission>;
  /** The path below the host that the rights are limited to; empty for the whole hub. */
  readonly path: readonly string[];
  /** In milliseconds since 1970; undefined if the rights don't expire. */
  readonly expiresAt?: number;
}

/**
 * Checks a token of a policy without a particular resource, as AMQP clients present it: with or without the scheme of a
 * URL in `sr`. Returns what it grants, or the reason why it isn't valid.
 *
 * @source IoT Hub documentation, "Control access to IoT Hub with shared access signatures"
 */
export async function verifyPolicyToken(context: AuthContext, text: string): Promise<PolicyClaim | string> {
  let token: SasToken;
  try {
    token = parseSasToken(text);
  } catch {
    return "the SAS token is malformed";
  }
  const expiresAt = (token.expiry + context.sasClockSkewSeconds) * 1000;
  if (context.clock.now() > expiresAt) return "the SAS token has expired";
  const { host, path } = resourceOf(token.resource);
  if (!context.hostNames.has(host)) return "the SAS token is for another host";
  if (token.keyName === undefined) return "the SAS token doesn't name a policy";
  const policy = context.policies.get(token.keyName);
  if (policy === undefined) return `there is no policy '${token.keyName}'`;
  for (const key of [policy.primaryKey, policy.secondaryKey]) {
    // Event Hubs clients sign with the characters of the key, others with the bytes that they stand for.
    const { crypto } = context;
    if ((await isSignedWith(token, key, crypto)) || (await isSignedWithBytes(token, utf8(key), crypto))) {
      return { policy: policy.name, permissions: policy.permissions, path, expiresAt };
    }
  }
  return "the signature of the SAS token is wrong";
}

/** Returns the host and the decoded path of a resource: `host/path`, or a URL. */
export function resourceOf(resource: string): { host: string; path: string[] } {
  const text = resource.includes("/") ? resource : decodePercent(resource);
  const [host = "", ...path] = text
    .replace(/^[a-z]+:\/\//i, "")
    .replace(/\/+$/, "")
    .split("/");
  return { host, path: path.map(decodePercent) };
}
