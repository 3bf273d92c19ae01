import { UnsupportedFeatureError } from "../errors.ts";
import type { OwnedBytes } from "./owned-bytes.ts";

// jsdom has neither class. The import has to succeed there all the same.
const isComplete = typeof TextEncoder === "function" && typeof TextDecoder === "function";

/** Encodes strings as UTF-8. Its type exists also where `TextEncoder` is only a variable: in Node's types without those of the web. */
export const encoder: InstanceType<typeof TextEncoder> = isComplete
  ? new TextEncoder()
  : { encoding: "utf-8", encode: refuse, encodeInto: refuse };
const decoder: Pick<TextDecoder, "decode"> = isComplete
  ? new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
  : { decode: refuse };

function refuse(): never {
  throw new UnsupportedFeatureError("This environment has no TextEncoder and TextDecoder", {
    remediation: "Run this code in a browser, or set both to those of node:util",
  });
}

/** Encodes a string as UTF-8. */
export function utf8(text: string): OwnedBytes {
  return encoder.encode(text);
}

/** Decodes UTF-8. @throws {TypeError} for bytes that aren't valid UTF-8 */
export function fromUtf8(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** Counts the UTF-8 bytes of a string without encoding it. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) continue;
    if (unit < 0x800) bytes += 1;
    else if (unit >= 0xd800 && unit <= 0xdbff && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00) {
      // A surrogate pair is two code units and four bytes.
      bytes += 2;
      at++;
    } else bytes += 2;
  }
  return bytes;
}
