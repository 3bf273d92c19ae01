import type { MethodResponse } from "../../methods/method.ts";
import { encodePublish } from "../../mqtt/publish-packet.ts";
import { toJson } from "../../util/json.ts";
import { methodResponseTopic } from "./topics.ts";

/** @throws {ArgumentError} `invalid_argument` for a payload without a JSON form */
export function encodeResponse({ requestId, status, payload }: MethodResponse): Uint8Array {
  return encodePublish({
    topic: methodResponseTopic(requestId, status),
    payload: toJson("The payload of the method response", payload ?? null),
    qos: 1,
  });
}
