import type { MethodResponse } from "../../methods/method.ts";
import { encodePublish } from "../../mqtt/publish-packet.ts";
import { parseJson, toJson } from "../../util/json.ts";
import { methodResponseTopic } from "./topics.ts";

/** @throws {SyntaxError | TypeError} as {@link parseJson} */
export function readCall(payload: Uint8Array): unknown {
  return payload.length === 0 ? null : parseJson(payload);
}

/** @throws {ArgumentError} `invalid_argument` for a payload without a JSON form */
export function encodeResponse({ requestId, status, payload }: MethodResponse): Uint8Array {
  return encodePublish({
    topic: methodResponseTopic(requestId, status),
    payload: toJson("The payload of the method response", payload ?? null),
    qos: 1,
  });
}
