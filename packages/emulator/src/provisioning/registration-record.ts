/** How far a registration has come. */
export type RegistrationStatus = "unassigned" | "assigning" | "assigned" | "failed" | "disabled";

/** How a device came to its hub. */
export type RegistrationSubstatus =
  | "initialAssignment"
  | "deviceDataMigrated"
  | "deviceDataReset"
  | "reprovisionedToInitialAssignment";

/** What the service says of the registration of a device. @source DPS REST, DeviceRegistrationState */
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
  /** What was issued for a signing request: base64 of the DER forms, leaf first. */
  readonly issuedCertificateChain?: readonly string[];
  readonly symmetricKey?: { readonly enrollmentGroupId?: string };
  readonly x509?: { readonly enrollmentGroupId?: string };
}

/** A registration under way, or how it ended. @source DPS REST, RegistrationOperationStatus */
export interface RegistrationOperation {
  readonly operationId: string;
  readonly status: RegistrationStatus;
  readonly registrationState?: RegistrationState;
}

/** An answer of the service to a device. */
export interface ProvisioningAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly retryAfterSeconds?: number;
  /** The connection is to be cut in place of this answer. */
  readonly cut?: boolean;
}
