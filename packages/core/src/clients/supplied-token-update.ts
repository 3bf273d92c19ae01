import { readSuppliedToken } from "../auth/supplied-token.ts";
import { SuppliedToken } from "../connection/credential.ts";
import { ClientError, mustBe } from "../errors.ts";
import type { OperationOptions } from "../util/deadline.ts";
import type { ClientCore } from "./client-core.ts";

/**
 * Replaces the token that a client was created from, and reconnects with the new one.
 *
 * @throws {ArgumentError} `invalid_sas_token`
 * @throws {ClientError} `not_supported`
 */
export async function updateSuppliedToken(
  core: ClientCore,
  sastoken: string,
  options: OperationOptions,
): Promise<void> {
  const { kind, locator } = core.setup;
  const { credential, identity } = locator.target ?? {};
  if (identity === undefined || !(credential instanceof SuppliedToken)) {
    throw new ClientError(
      "not_supported",
      "Cannot update the SAS token when the client was not created with one",
    );
  }
  const subject = readSuppliedToken(sastoken, kind, core.clock.now());
  for (const [name, value, expected] of [
    ["device id", subject.deviceId, identity.deviceId],
    ["module id", subject.moduleId, identity.moduleId],
    ["host name", subject.hostName.replace(/:\d+$/, ""), identity.hostName],
  ]) {
    if (value !== expected)
      throw mustBe(`The ${name} of the SAS token`, value, `'${expected}'`, "invalid_sas_token");
  }
  credential.replace(sastoken, subject.expiry);
  await core.withDeadline("Updating the SAS token", options, () => core.connection.renew());
}
