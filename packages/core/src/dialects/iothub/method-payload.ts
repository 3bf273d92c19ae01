import { toJson } from "../../util/json.ts";
import { fromUtf8 } from "../../util/text.ts";

/** @throws {SyntaxError} the payload is not JSON */
export function readMethodPayload(payload: Uint8Array): unknown {
  return payload.length === 0 ? null : JSON.parse(fromUtf8(payload));
}

/** @throws {ArgumentError} `invalid_argument` for a payload without a JSON form */
export function encodeMethodPayload(payload: unknown): string {
  return toJson("The payload of the method response", payload ?? null);
}
