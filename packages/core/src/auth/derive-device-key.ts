import { mustBe } from "../errors.ts";
import { encodeBase64 } from "../util/base64.ts";
import { utf8 } from "../util/text.ts";
import { type CryptoProvider, webCrypto } from "./crypto.ts";
import { decodeSymmetricKey } from "./symmetric-key.ts";

/**
 * Derives the key of one device from the key of its enrollment group. Do this where the group's key is safe, and give the
 * device only its own key.
 *
 * @param groupKey - base64 or base64url, with or without padding
 * @returns base64
 * @throws {ArgumentError} `invalid_key`, `invalid_argument`
 * @source DPS documentation, "Symmetric key attestation", group enrollments
 */
export function deriveDeviceKey(groupKey: string, registrationId: string): Promise<string> {
  return deriveKeyWith(webCrypto, groupKey, registrationId);
}

/** Does the same as {@link deriveDeviceKey} with another HMAC than WebCrypto's. */
export async function deriveKeyWith(
  crypto: CryptoProvider,
  groupKey: string,
  registrationId: string,
): Promise<string> {
  const key = decodeSymmetricKey(groupKey, "group key");
  if (typeof registrationId !== "string" || registrationId === "")
    throw mustBe("The registration id", registrationId, "a non-empty string");
  return encodeBase64(await crypto.hmacSha256(key, utf8(registrationId)));
}
