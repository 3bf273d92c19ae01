import { parseConnectionString } from "../auth/connection-string.ts";
import { hmacSha256 } from "../auth/crypto.ts";
import { resourceOf } from "../auth/identity.ts";
import { signSasToken, symmetricKeySigner } from "../auth/sas-token.ts";
import { decodeSymmetricKey } from "../auth/symmetric-key.ts";
import { ArgumentError } from "../errors.ts";
import { parseHost } from "../setup/host-name.ts";

/** A device, or one of its modules. */
export interface BrokeredIdentity {
  readonly deviceId: string;
  readonly moduleId: string | undefined;
}

/** A token and its expiry in seconds since 1970. */
export interface SignedToken {
  readonly token: string;
  readonly expiry: number;
}

/**
 * Signs a token for a single device or module, with its own key or the key of a shared access policy that allows
 * `DeviceConnect`.
 *
 * @throws {ArgumentError} `invalid_connection_string` or `invalid_key`
 */
export async function signFor(
  { deviceId, moduleId }: BrokeredIdentity,
  connectionString: unknown,
  expiry: number,
): Promise<SignedToken> {
  const parts = parseConnectionString(connectionString);
  if (parts.DeviceId !== undefined && (parts.DeviceId !== deviceId || parts.ModuleId !== moduleId)) {
    throw new ArgumentError(
      "invalid_connection_string",
      "The connection string must be for the token's device or module",
    );
  }
  const key = decodeSymmetricKey(parts.SharedAccessKey, "SharedAccessKey");
  const { host: hostName } = parseHost("HostName", parts.HostName);
  const resource = resourceOf({ hostName, deviceId, moduleId });
  const signer = symmetricKeySigner(key, hmacSha256);
  return { token: await signSasToken(signer, resource, expiry, parts.SharedAccessKeyName), expiry };
}
