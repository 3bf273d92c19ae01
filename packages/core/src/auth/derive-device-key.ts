import { ArgumentError } from "../errors.ts";
import { encodeBase64 } from "../util/base64.ts";
import { utf8 } from "../util/text.ts";
import { hmacSha256 } from "./crypto.ts";
import { decodeSymmetricKey } from "./symmetric-key.ts";

/**
 * The key of one device of an enrollment group, from the key of the group. Do this where the group's key is safe, and
 * give the device its own key only.
 *
 * @param groupKey - base64
 * @returns base64
 * @throws {ArgumentError} `invalid_key`, `invalid_argument`
 * @source DPS documentation, "Symmetric key attestation", group enrollments
 */
export async function deriveDeviceKey(groupKey: string, registrationId: string): Promise<string> {
  const key = decodeSymmetricKey(groupKey, "group key");
  if (typeof registrationId !== "string" || registrationId === "") {
    throw new ArgumentError("invalid_argument", "The registration id must be a text that is not empty");
  }
  return encodeBase64(await hmacSha256(key, utf8(registrationId)));
}
