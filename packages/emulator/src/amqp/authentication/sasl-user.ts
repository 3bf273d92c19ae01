import type { PolicyClaim } from "../../hub/credentials/policy-token.ts";
import type { Hub } from "../../hub/hub.ts";
import { type Identity, parseIdentity } from "../../hub/identities/identity.ts";

/** Returns the device or module in a user name, `{device}@sas.{hub}`; `undefined` for that of a policy. */
export function identityOfUser(userName: string): Identity | undefined {
  const [, key = ""] = /^(.+)@sas\.(?!root\.)[^@]+$/i.exec(userName) ?? [];
  return parseIdentity(key);
}

/**
 * Checks a user name and password of SASL PLAIN: `{policy}@sas.root.{hub}` with a token, or, at an event hub, `{policy}` with
 * its key. Returns what they grant, or why they aren't valid.
 *
 * @source IoT Hub documentation, "Communicate with your IoT hub by using the AMQP Protocol"
 */
export async function claimOfUser(
  hub: Hub,
  userName: string,
  password: string,
): Promise<PolicyClaim | string> {
  const [, named] = /^(.+)@sas\.root\.[^@]+$/i.exec(userName) ?? [];
  if (named !== undefined) {
    const claim = await hub.claimOf(password);
    if (typeof claim === "string" || claim.policy === named) return claim;
    return `the token is of the policy '${claim.policy}', and the user name of '${named}'`;
  }
  const policy = hub.policies.get(userName);
  if (policy === undefined) return "the user name must be {policy}@sas.root.{hub}, or {policy}";
  if (password !== policy.primaryKey && password !== policy.secondaryKey) {
    return `the password is not a key of the policy '${policy.name}'`;
  }
  return { policy: policy.name, permissions: policy.permissions, path: [] };
}
