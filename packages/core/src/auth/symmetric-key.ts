import { ArgumentError, shown } from "../errors.ts";
import { decodeAnyBase64 } from "../util/base64.ts";
import type { OwnedBytes } from "../util/owned-bytes.ts";

/**
 * Decodes a shared access key: base64 or base64url, with or without padding. Line breaks and white space around it are
 * ignored, as files and tools add them, and so are invisible characters.
 *
 * @throws {ArgumentError} `invalid_key`: not a string, empty, or not base64. The message doesn't contain the key.
 */
export function decodeSymmetricKey(key: unknown, name = "symmetric key"): OwnedBytes {
  const text = typeof key === "string" ? key.replace(/[\r\n\p{Cf}]+/gu, "").trim() : "";
  const bytes = decodeAnyBase64(text);
  if (bytes?.length) return bytes;
  // Even a wrong key is secret, except for a character that no key has.
  const [odd] = /[^\w+/=-]/.exec(text) ?? [];
  const got =
    text === "" ? shown(key) : `${text.length} characters${odd ? ` with ${JSON.stringify(odd)}` : ""}`;
  throw new ArgumentError("invalid_key", `The ${name} must be base64, got ${got}`, {
    remediation: "Copy the key of the device again",
  });
}
