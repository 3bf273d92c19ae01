import { isJsonObject, type JsonObject } from "../twin/twin-patch.ts";

/** How far a registration has come. */
export type RegistrationStatus = "unassigned" | "assigning" | "assigned" | "failed" | "disabled";

/** Where the service has put a device, and what else it says of it. @source Python `RegistrationState` */
export interface RegistrationState {
  readonly registrationId: string | undefined;
  readonly deviceId: string | undefined;
  /** Host name of the hub. */
  readonly assignedHub: string | undefined;
  readonly status: RegistrationStatus | undefined;
  /** `initialAssignment`, `deviceDataMigrated`, `deviceDataReset` or `reprovisionedToInitialAssignment`. */
  readonly subStatus: string | undefined;
  /** ISO 8601. */
  readonly createdDateTime: string | undefined;
  /** ISO 8601. */
  readonly lastUpdateDateTime: string | undefined;
  readonly etag: string | undefined;
  /** What the custom allocation of the service sent along, parsed; `null` when it sent nothing. */
  readonly responsePayload: unknown;
  /** The certificate that was issued for a request sent along, leaf first, each as base64 of its DER form. */
  readonly issuedCertificateChain: readonly string[] | undefined;
  readonly errorCode: number | undefined;
  readonly errorMessage: string | undefined;
}

/** What a registration came to. @source Python `RegistrationResult` */
export interface RegistrationResult {
  readonly operationId: string | undefined;
  readonly status: RegistrationStatus | undefined;
  readonly registrationState: RegistrationState | undefined;
}

const statuses: readonly string[] = ["unassigned", "assigning", "assigned", "failed", "disabled"];

/** Reads the body of an answer of the service. */
export function readRegistration(body: JsonObject): RegistrationResult {
  const { operationId, registrationState } = body;
  return {
    operationId: text(operationId),
    status: status(body["status"]),
    registrationState: isJsonObject(registrationState) ? readState(registrationState) : undefined,
  };
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
    issuedCertificateChain: Array.isArray(chain) ? chain.map(String) : undefined,
    errorCode: typeof state["errorCode"] === "number" ? state["errorCode"] : undefined,
    errorMessage: text(state["errorMessage"]),
  };
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function status(value: unknown): RegistrationStatus | undefined {
  return typeof value === "string" && statuses.includes(value) ? (value as RegistrationStatus) : undefined;
}
