/** The status of a registration. */
export type RegistrationStatus = "unassigned" | "assigning" | "assigned" | "failed" | "disabled";

/** The kind of the latest assignment. */
export type RegistrationSubstatus =
  | "initialAssignment"
  | "deviceDataMigrated"
  | "deviceDataReset"
  | "reprovisionedToInitialAssignment";

/** The state of a registration. @source DPS REST, DeviceRegistrationState */
export interface RegistrationState {
  readonly registrationId: string;
  readonly createdDateTimeUtc: string;
  readonly assignedHub?: string;
  readonly deviceId?: string;
  readonly status: RegistrationStatus;
  readonly substatus?: RegistrationSubstatus;
  readonly errorCode?: number;
  readonly errorMessage?: string;
  readonly lastUpdatedDateTimeUtc: string;
  readonly etag: string;
  readonly payload?: unknown;
  /** The certificate that was issued for a signing request, with its chain: base64 of the DER forms, leaf first. */
  readonly issuedCertificateChain?: readonly string[];
  readonly symmetricKey?: { readonly enrollmentGroupId?: string };
  readonly x509?: { readonly enrollmentGroupId?: string };
}

/** A registration in progress, or its result. @source DPS REST, RegistrationOperationStatus */
export interface RegistrationOperation {
  readonly operationId: string;
  readonly status: RegistrationStatus;
  readonly registrationState?: RegistrationState;
}

/** A response of the service to a device. */
export interface ProvisioningAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly retryAfterSeconds?: number;
  /** Whether to cut the connection instead of sending this response. */
  readonly cut?: boolean;
}
