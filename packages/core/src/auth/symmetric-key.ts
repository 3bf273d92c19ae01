import { ArgumentError } from "../errors.ts";
import { decodeBase64 } from "../util/base64.ts";

/**
 * Decodes a shared access key.
 *
 * @throws {ArgumentError} `invalid_key` — not a text, empty, or not base64. The key is never part of the message.
 */
export function decodeSymmetricKey(key: unknown, name = "symmetric key"): Uint8Array<ArrayBuffer> {
  if (typeof key !== "string") {
    throw new ArgumentError("invalid_key", `The ${name} is ${typeOf(key)}, it must be a base64 text`);
  }
  if (key === "") throw new ArgumentError("invalid_key", `The ${name} is empty, it must be a base64 text`);
  const bytes = decodeBase64(key);
  if (bytes === undefined) {
    throw new ArgumentError("invalid_key", `The ${name} is not valid base64 (${key.length} characters)`, {
      remediation: "Copy the primary or secondary key of the device again, with its trailing '='",
    });
  }
  return bytes;
}

function typeOf(value: unknown): string {
  return value === null ? "null" : typeof value;
}
