import { fromUtf8, utf8 } from "../util/text.ts";

/** The bytes on the wire for a payload. */
export function payloadBytes(payload: Uint8Array | string): Uint8Array {
  return typeof payload === "string" ? utf8(payload) : payload;
}

/** Decodes a payload as a string. @throws {TypeError} for bytes that aren't UTF-8 */
export function payloadText(payload: Uint8Array | string): string {
  return fromUtf8(payloadBytes(payload));
}
