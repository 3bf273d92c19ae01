import { parseConnectionString } from "@isohub/core";
import { decodeSymmetricKey, hmacSha256, signSasToken, symmetricKeySigner } from "@isohub/core/internal";

/** Signs a token for the device of a connection string. @param expiry - in seconds since 1970. Defaults to an hour from now */
export function signDeviceToken(
  connectionString: string,
  hubName: string,
  expiry: number = Math.floor(Date.now() / 1000) + 3600,
): Promise<string> {
  const { DeviceId, SharedAccessKey = "" } = parseConnectionString(connectionString);
  const signer = symmetricKeySigner(decodeSymmetricKey(SharedAccessKey), hmacSha256);
  return signSasToken(signer, `${hubName}/devices/${DeviceId}`, expiry);
}
