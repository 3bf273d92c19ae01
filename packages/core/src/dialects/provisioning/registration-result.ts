import { isJsonObject, isUnicode, type JsonObject } from "../../util/json.ts";

/** The status of a registration at the service. */
export type RegistrationStatus = "unassigned" | "assigning" | "assigned" | "failed" | "disabled";

/** The assignment of a device, as the service reports it. @source Python `RegistrationState` */
export interface RegistrationState {
  readonly registrationId: string | undefined;
  readonly deviceId: string | undefined;
  /** The host name of the hub. */
  readonly assignedHub: string | undefined;
  readonly status: RegistrationStatus | undefined;
  /** `initialAssignment`, `deviceDataMigrated`, `deviceDataReset` or `reprovisionedToInitialAssignment`. */
  readonly subStatus: string | undefined;
  /** ISO 8601. */
  readonly createdDateTime: string | undefined;
  /** ISO 8601. */
  readonly lastUpdateDateTime: string | undefined;
  readonly etag: string | undefined;
  /** The payload that custom allocation returned, parsed; `null` if it returned none. */
  readonly responsePayload: unknown;
  /** The chain of the certificate issued for a signing request, leaf first, each as base64-encoded DER. */
  readonly issuedCertificateChain: readonly string[] | undefined;
  readonly errorCode: number | undefined;
  readonly errorMessage: string | undefined;
}

/** The result of a registration. @source Python `RegistrationResult` */
export interface RegistrationResult {
  readonly operationId: string | undefined;
  readonly status: RegistrationStatus | undefined;
  readonly registrationState: RegistrationState | undefined;
}

const statuses: readonly RegistrationStatus[] = ["unassigned", "assigning", "assigned", "failed", "disabled"];

/** Reads the body of a response. */
export function readRegistration(body: JsonObject): RegistrationResult {
  const { operationId, registrationState } = body;
  return {
    operationId: readOperationId(operationId),
    status: status(body["status"]),
    registrationState: isJsonObject(registrationState) ? readState(registrationState) : undefined,
  };
}

/** The id becomes part of a topic. Those of the service have 50 to 70 characters. */
function readOperationId(value: unknown): string | undefined {
  const id = text(value) ?? "";
  return id !== "" && id.length <= 1000 && isUnicode(id) ? id : undefined;
}

function readState(state: JsonObject): RegistrationState {
  const chain = state["issuedCertificateChain"];
  return {
    registrationId: text(state["registrationId"]),
    deviceId: text(state["deviceId"]),
    assignedHub: text(state["assignedHub"]),
    status: status(state["status"]),
    subStatus: text(state["substatus"]),
    createdDateTime: text(state["createdDateTimeUtc"]),
    lastUpdateDateTime: text(state["lastUpdatedDateTimeUtc"]),
    etag: text(state["etag"]),
    responsePayload: state["payload"] ?? null,
    issuedCertificateChain:
      Array.isArray(chain) && chain.every((der) => typeof der === "string") ? chain : undefined,
    errorCode: typeof state["errorCode"] === "number" ? state["errorCode"] : undefined,
    errorMessage: text(state["errorMessage"]),
  };
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function status(value: unknown): RegistrationStatus | undefined {
  return statuses.find((one) => one === value);
}
