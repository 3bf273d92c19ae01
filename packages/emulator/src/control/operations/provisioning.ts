import type { EmulatorProvisioning } from "../../api/provisioning.ts";
import type { Attestation, EnrollmentGroupOptions, InitialTwin } from "../../provisioning/enrollment.ts";
import {
  choice,
  either,
  type Field,
  type FieldsOf,
  json,
  list,
  nullable,
  object,
  optional,
  record,
  ref,
  text,
  variants,
} from "../../schema/schema.ts";
import { pageFields } from "../components/paging.ts";
import type { ControlMethods } from "../control-methods.ts";
import type { Operations } from "../operation.ts";

type Provisioning = Omit<EmulatorProvisioning, "idScope" | "provisioningConnectionString"> &
  Pick<ControlMethods, "moveDevice">;

const registrationId: Field<false> = text();
const enrollmentGroupId: Field<false> = text();
const key: Field<true> = optional(text("base64 of 16 to 64 bytes"));
const thumbprint: Field<true> = optional(nullable(text("SHA-1 or SHA-256 of a certificate, hexadecimal")));

const attestation: Field<false> = variants(
  "type",
  object<Extract<Attestation, { type: "symmetricKey" }>>({
    type: choice("symmetricKey"),
    primaryKey: key,
    secondaryKey: key,
  }),
  object<Extract<Attestation, { type: "x509" }>>({
    type: choice("x509"),
    primaryThumbprint: thumbprint,
    secondaryThumbprint: thumbprint,
    ca: optional(either(text("PEM"), list(text()))),
  }),
);

/** The fields that enrollments and groups have in common. */
export const enrollmentOptions: FieldsOf<EnrollmentGroupOptions> = {
  attestation: optional(attestation),
  hubs: optional(list(text())),
  allocation: optional(choice("hashed", "geoLatency", "static"), "hashed"),
  initialTwin: optional(object<InitialTwin>({ tags: optional(record()), desired: optional(record()) })),
  payload: optional(json()),
  reprovisionPolicy: optional(choice("migrate", "reset", "never"), "migrate"),
  provisioningStatus: optional(choice("enabled", "disabled"), "enabled"),
};

/** Operations on the provisioning service. */
export const provisioningOperations: Operations<Provisioning> = {
  listEnrollments: {
    method: "GET",
    path: "/enrollments",
    summary: "Lists the individual enrollments",
    positional: {},
    options: pageFields,
    answer: list(ref("Enrollment")),
  },
  createEnrollment: {
    method: "POST",
    path: "/enrollments",
    summary: "Creates an individual enrollment",
    positional: { registrationId },
    options: { ...enrollmentOptions, deviceId: optional(text()) },
    status: 201,
    answer: ref("Enrollment"),
  },
  getEnrollment: {
    method: "GET",
    path: "/enrollments/{registrationId}",
    summary: "Returns an individual enrollment with its keys",
    positional: { registrationId },
    options: {},
    answer: ref("Enrollment"),
  },
  deleteEnrollment: {
    method: "DELETE",
    path: "/enrollments/{registrationId}",
    summary: "Deletes an individual enrollment and its registration",
    positional: { registrationId },
    options: {},
  },
  listEnrollmentGroups: {
    method: "GET",
    path: "/enrollment-groups",
    summary: "Lists the enrollment groups",
    positional: {},
    options: pageFields,
    answer: list(ref("EnrollmentGroup")),
  },
  createEnrollmentGroup: {
    method: "POST",
    path: "/enrollment-groups",
    summary: "Creates an enrollment group",
    positional: { enrollmentGroupId },
    options: enrollmentOptions,
    status: 201,
    answer: ref("EnrollmentGroup"),
  },
  getEnrollmentGroup: {
    method: "GET",
    path: "/enrollment-groups/{enrollmentGroupId}",
    summary: "Returns an enrollment group with its keys",
    positional: { enrollmentGroupId },
    options: {},
    answer: ref("EnrollmentGroup"),
  },
  deleteEnrollmentGroup: {
    method: "DELETE",
    path: "/enrollment-groups/{enrollmentGroupId}",
    summary: "Deletes an enrollment group and its registrations",
    positional: { enrollmentGroupId },
    options: {},
  },
  registrationState: {
    method: "GET",
    path: "/registrations/{registrationId}",
    summary: "Returns the state of a registration",
    positional: { registrationId },
    options: {},
    answer: ref("RegistrationState"),
  },
  moveDevice: {
    method: "POST",
    path: "/registrations/{registrationId}/move",
    summary: "Moves a device to another hub",
    positional: { registrationId, hub: text() },
    options: {},
  },
};
