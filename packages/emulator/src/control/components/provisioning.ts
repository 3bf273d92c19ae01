import type { Enrollment, EnrollmentGroup, InitialTwin } from "../../provisioning/enrollment.ts";
import type { RegistrationState } from "../../provisioning/registration-record.ts";
import {
  choice,
  count,
  type Field,
  type FieldsOf,
  json,
  list,
  nullable,
  object,
  optional,
  record,
  text,
  time,
} from "../../schema/schema.ts";

const string: Field<false> = text();
const group: Field<false> = object<{ enrollmentGroupId?: string }>({ enrollmentGroupId: optional(string) });

const common: FieldsOf<Omit<EnrollmentGroup, "enrollmentGroupId">> = {
  attestationType: choice("symmetricKey", "x509"),
  primaryKey: string,
  secondaryKey: string,
  primaryThumbprint: nullable(string),
  secondaryThumbprint: nullable(string),
  hubs: list(string),
  allocation: choice("hashed", "geoLatency", "static", "custom"),
  initialTwin: object<InitialTwin>({ tags: optional(record()), desired: optional(record()) }),
  reprovisionPolicy: choice("migrate", "reset", "never"),
  provisioningStatus: choice("enabled", "disabled"),
  createdDateTimeUtc: time(),
  lastUpdatedDateTimeUtc: time(),
  etag: string,
};

/** Schemas of enrollments and registrations. */
export const provisioningComponents: Readonly<Record<string, Field<false>>> = {
  Enrollment: object<Enrollment>({ ...common, registrationId: string, deviceId: optional(string) }),
  EnrollmentGroup: object<EnrollmentGroup>({ ...common, enrollmentGroupId: string }),
  RegistrationState: object<RegistrationState>({
    registrationId: string,
    createdDateTimeUtc: time(),
    assignedHub: optional(string),
    deviceId: optional(string),
    status: choice("unassigned", "assigning", "assigned", "failed", "disabled"),
    substatus: optional(
      choice(
        "initialAssignment",
        "deviceDataMigrated",
        "deviceDataReset",
        "reprovisionedToInitialAssignment",
      ),
    ),
    errorCode: optional(count()),
    errorMessage: optional(string),
    lastUpdatedDateTimeUtc: time(),
    etag: string,
    payload: optional(json()),
    issuedCertificateChain: optional(list(string)),
    symmetricKey: optional(group),
    x509: optional(group),
  }),
};
