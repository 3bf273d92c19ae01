import type { Inbound } from "../../connection/dialect.ts";
import { ProtocolError, ServiceError } from "../../errors.ts";
import type { OutboundPublish } from "../../mqtt/engine.ts";
import type { ReportedVersion, TwinRequest, TwinResponse, TwinSections } from "../../twin/twin-dialect.ts";
import { isJsonObject, type JsonObject, parseJson } from "../../util/json.ts";
import { peerText } from "../../util/peer-text.ts";
import { retryAfterMs } from "../../util/retry-after.ts";
import { numberIn, twinGetTopic, twinReportedTopic } from "./topics.ts";

export const getTwin: TwinRequest<undefined, TwinSections> = {
  what: "Reading the twin",
  // @source wire contract: the official clients send one space rather than an empty payload
  encode: (requestId) => request(twinGetTopic(requestId), " "),
  read: (response) => {
    const { desired, reported } = readObject(accepted(getTwin, response), "the twin");
    if (isJsonObject(desired) && isJsonObject(reported)) return { desired, reported };
    throw new ProtocolError("protocol_error", "The hub sent a twin without desired and reported sections");
  },
};

export const patchReported: TwinRequest<string, ReportedVersion> = {
  what: "Patching the reported properties",
  encode: (requestId, json) => request(twinReportedTopic(requestId), json),
  read: (response) => {
    accepted(patchReported, response);
    return { version: numberIn(response.inbound.bag, "$version=") };
  },
};

/** Reads a patch of desired properties. The hub writes the version into the topic, and usually into the patch as well. */
export function readPatch({ bag }: Inbound, payload: Uint8Array): JsonObject {
  const patch = readObject(payload, "a desired patch");
  if (typeof patch["$version"] === "number") return patch;
  const $version = numberIn(bag, "$version=");
  return $version === undefined ? patch : { ...patch, $version };
}

function request(topic: string, payload: string): OutboundPublish {
  return { topic, payload, qos: 0, dup: false, packetId: 0 };
}

/** @returns the payload of a response with a status that means success */
function accepted({ what }: { readonly what: string }, { inbound, payload }: TwinResponse): Uint8Array {
  const { name: status, bag } = inbound;
  if (Number(status) < 300) return payload;
  let body: JsonObject = {};
  try {
    body = readObject(payload, "");
  } catch {
    // An error without a body is still an error.
  }
  const { errorCode, trackingId, message } = body;
  const detail = typeof message === "string" && message !== "" ? `: ${peerText(message)}` : "";
  throw new ServiceError(`${what} was answered with status ${status}${detail}`, {
    statusCode: Number(status),
    retryAfterMs: retryAfterMs(numberIn(bag, "retry-after=")),
    errorCode: typeof errorCode === "number" ? errorCode : undefined,
    trackingId: typeof trackingId === "string" ? peerText(trackingId) : undefined,
  });
}

function readObject(payload: Uint8Array, what: string): JsonObject {
  let cause: unknown;
  try {
    const value: unknown = parseJson(payload);
    if (isJsonObject(value)) return value;
  } catch (error) {
    cause = error;
  }
  throw new ProtocolError("invalid_json", `The hub sent ${what} that is not a JSON object`, { cause });
}
