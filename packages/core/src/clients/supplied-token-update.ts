import { readTokenFor } from "../auth/supplied-token.ts";
import { SuppliedToken } from "../connection/attempt/credential.ts";
import { ClientError } from "../errors.ts";
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
  const { credential, identity } = core.setup.locator.target ?? {};
  if (identity === undefined || !(credential instanceof SuppliedToken)) {
    throw new ClientError(
      "not_supported",
      "Cannot update the SAS token when the client was not created with one",
    );
  }
  const { text, expiry } = readTokenFor(identity, sastoken, core.clock.now());
  credential.replace(text, expiry);
  await core.withDeadline("Updating the SAS token", options, () => core.connection.renew());
}
