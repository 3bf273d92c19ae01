import { parseJson, utf8 } from "@isohub/core/internal";
import { HubError } from "./hub-error.ts";

export { parseJson };

/** Parses JSON from the peer. Returns `undefined` for bytes that {@link parseJson} refuses. */
export function jsonOf(bytes: Uint8Array): unknown {
  try {
    return parseJson(bytes);
  } catch {
    return undefined;
  }
}

/** Returns JSON as bytes. @throws {HubError} ArgumentInvalid for what has no JSON form, or is nested too deep */
export function jsonBytes(value: unknown): Uint8Array<ArrayBuffer> {
  try {
    return utf8(JSON.stringify(value ?? null));
  } catch (cause) {
    // A TypeError for a cycle or a bigint, a RangeError for a stack that isn't large enough.
    throw new HubError("ArgumentInvalid", `The value has no JSON form: ${String(cause)}.`);
  }
}
