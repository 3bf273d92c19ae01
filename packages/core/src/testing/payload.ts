import { fromUtf8, utf8 } from "../util/text.ts";

/** What goes over the wire for a payload. */
export function payloadBytes(payload: Uint8Array | string): Uint8Array {
  return typeof payload === "string" ? utf8(payload) : payload;
}

/** A payload as text. @throws {TypeError} when it is bytes that are not UTF-8 */
export function payloadText(payload: Uint8Array | string): string {
  return fromUtf8(payloadBytes(payload));
}
