import { ServiceError } from "../../errors.ts";
import type { InboundPublish } from "../../mqtt/engine.ts";
import { isJsonObject, type JsonObject, parseJson } from "../../util/json.ts";
import { peerText } from "../../util/peer-text.ts";
import { type RegistrationResult, readRegistration } from "./registration-result.ts";
import { readRegistrationTopic } from "./registration-topics.ts";

/** A response of the provisioning service. */
export interface RegistrationResponse {
  readonly status: number;
  readonly retryAfterMs: number | undefined;
  readonly result: RegistrationResult;
  /** The whole body, empty if it isn't a JSON object. */
  readonly body: JsonObject;
}

/** Reads a message from the service. @returns `undefined` for a message that is not a response */
export function readResponse({
  topic,
  payload,
}: InboundPublish): { readonly requestId: string; readonly response: RegistrationResponse } | undefined {
  const read = readRegistrationTopic(topic);
  if (read === undefined) return undefined;
  const { requestId, status, retryAfterMs } = read;
  const body = parse(payload);
  return { requestId, response: { status, retryAfterMs, result: readRegistration(body), body } };
}

function parse(payload: Uint8Array): JsonObject {
  try {
    const value: unknown = parseJson(payload);
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}

const refusals = {
  disabled: [
    "registration_disabled",
    "The enrollment is disabled",
    "Enable the enrollment in the provisioning service",
  ],
  failed: ["registration_failed", "The service could not assign the device", undefined],
  unassigned: ["registration_unassigned", "The service has not assigned the device", undefined],
} as const;

/** The error for a response that does not assign the device, with everything that the service reported. */
export function refusalOf({ status, retryAfterMs, result, body }: RegistrationResponse): ServiceError {
  const state = result.registrationState;
  const outcome = result.status === "assigned" || result.status === "assigning" ? undefined : result.status;
  const [code, summary, remediation] =
    outcome === undefined
      ? (["service_error", "The provisioning service refused", undefined] as const)
      : refusals[outcome];
  const { message, errorCode, trackingId } = body;
  const detail = state?.errorMessage ?? (typeof message === "string" ? message : undefined);
  const number = state?.errorCode ?? (typeof errorCode === "number" ? errorCode : undefined);
  const sub = state?.subStatus === undefined ? "" : `, ${peerText(state.subStatus)}`;
  const reason = detail === undefined ? "" : `: ${peerText(detail)}`;
  return new ServiceError(`${summary} (status ${status}${sub})${reason}`, {
    code,
    statusCode: status,
    retryAfterMs,
    errorCode: number,
    trackingId: typeof trackingId === "string" ? peerText(trackingId) : undefined,
    registration: result,
    ...(remediation === undefined ? {} : { remediation }),
  });
}
