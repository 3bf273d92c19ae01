import { ArgumentError } from "../errors.ts";
import { decodeBase64 } from "../util/base64.ts";

/**
 * Decodes a shared access key.
 *
 * @throws {ArgumentError} `invalid_key` — not a text, empty, or not base64. The key is never part of the message.
 */
export function decodeSymmetricKey(key: unknown, name = "symmetric key"): Uint8Array<ArrayBuffer> {
  const bytes = typeof key === "string" && key !== "" ? decodeBase64(key) : undefined;
  if (bytes !== undefined) return bytes;
  // The key itself is not shown, be it wrong.
  const is =
    typeof key !== "string"
      ? `${key === null ? "null" : typeof key}, it must be a base64 text`
      : key === ""
        ? "empty"
        : `not valid base64 (${key.length} characters)`;
  throw new ArgumentError("invalid_key", `The ${name} is ${is}`, {
    remediation: "Copy the primary or secondary key of the device again, with its trailing '='",
  });
}
