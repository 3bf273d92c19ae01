import type { MethodResponse } from "./method.ts";

/** The part of a hub's protocol that direct methods need. */
export interface MethodDialect {
  /** Reads the payload of a call, `null` if it has none. What this throws means that the payload is not valid. */
  readCall(payload: Uint8Array): unknown;
  /** @returns a PUBLISH at QoS 1 @throws {ArgumentError} `invalid_argument` for a payload without a JSON form */
  encodeResponse(response: MethodResponse): Uint8Array;
}
