import type { Inbound } from "../../connection/dialect.ts";
import { ProtocolError, ServiceError } from "../../errors.ts";
import type { OutboundPublish } from "../../mqtt/engine.ts";
import type { ReportedVersion, TwinResponse, TwinSections } from "../../twin/twin-dialect.ts";
import { isJsonObject, type JsonObject, parseJson } from "../../util/json.ts";
import { peerText } from "../../util/peer-text.ts";
import { retryAfterMs } from "../../util/retry-after.ts";
import { numberIn } from "./inbound-topics.ts";

export function twinGetTopic(requestId: string): string {
  return `$iothub/twin/GET/?$rid=${requestId}`;
}

export function twinReportedTopic(requestId: string): string {
  return `$iothub/twin/PATCH/properties/reported/?$rid=${requestId}`;
}

export function encodeTwinRequest(requestId: string, patch: string | undefined): OutboundPublish {
  const topic = patch === undefined ? twinGetTopic(requestId) : twinReportedTopic(requestId);
  // @source wire contract: the official clients send one space rather than an empty payload
  return { topic, payload: patch ?? " ", qos: 0 };
}

/** @throws {ProtocolError} `protocol_error`, `invalid_json` */
export function readTwin({ payload }: TwinResponse): TwinSections {
  const { desired, reported } = readObject(payload, "the twin");
  if (isJsonObject(desired) && isJsonObject(reported)) return { desired, reported };
  throw new ProtocolError("protocol_error", "The hub sent a twin without desired and reported sections");
}

export function readReported({ inbound }: TwinResponse): ReportedVersion {
  return { version: numberIn(inbound.bag, "$version=") };
}

/** Reads a patch of desired properties. The hub writes the version into the topic, and usually into the patch as well. */
export function readPatch({ bag }: Inbound, payload: Uint8Array): JsonObject {
  const patch = readObject(payload, "a desired patch");
  if (typeof patch["$version"] === "number") return patch;
  const $version = numberIn(bag, "$version=");
  return $version === undefined ? patch : { ...patch, $version };
}

/** @throws {ServiceError} the status doesn't mean success */
export function checkTwinResponse(operation: string, { inbound, payload }: TwinResponse): void {
  const { name: status, bag } = inbound;
  if (Number(status) < 300) return;
  let body: JsonObject = {};
  try {
    body = readObject(payload, "");
  } catch {
    // An error without a body is still an error.
  }
  const { errorCode, trackingId, message } = body;
  const detail = typeof message === "string" && message !== "" ? `: ${peerText(message)}` : "";
  throw new ServiceError(`${operation} was answered with status ${status}${detail}`, {
    statusCode: Number(status),
    retryAfterMs: retryAfterMs(numberIn(bag, "retry-after=")),
    errorCode: typeof errorCode === "number" ? errorCode : undefined,
    trackingId: typeof trackingId === "string" ? peerText(trackingId) : undefined,
  });
}

function readObject(payload: Uint8Array, name: string): JsonObject {
  let cause: unknown;
  try {
    const value: unknown = parseJson(payload);
    if (isJsonObject(value)) return value;
  } catch (error) {
    cause = error;
  }
  throw new ProtocolError("invalid_json", `The hub sent ${name} that is not a JSON object`, { cause });
}
