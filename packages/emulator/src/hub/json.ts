import { fromUtf8, utf8 } from "@isohub/core/internal";

/** Parses JSON from bytes. @throws {SyntaxError | TypeError} on invalid JSON or UTF-8. */
export function parseJson(bytes: Uint8Array): unknown {
  return JSON.parse(fromUtf8(bytes));
}

/** Returns JSON as bytes. */
export function jsonBytes(value: unknown): Uint8Array<ArrayBuffer> {
  return utf8(JSON.stringify(value ?? null));
}
