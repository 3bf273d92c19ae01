import type { EmulatorIdentities } from "../../api/identities.ts";
import type { AuthenticationOptions } from "../../hub/identities/authentication.ts";
import type { IdentityOptions } from "../../hub/identities/registry.ts";
import {
  choice,
  type Field,
  type FieldsOf,
  list,
  nullable,
  optional,
  ref,
  text,
} from "../../schema/schema.ts";
import { pageFields } from "../components/paging.ts";
import type { Operations } from "../operation.ts";

const deviceId: Field<false> = text();
const moduleId: Field<false> = text();
const key: Field<true> = optional(text("base64 of 16 to 64 bytes"));
const thumbprint: Field<true> = optional(nullable(text("SHA-1 or SHA-256 of a certificate, hexadecimal")));

/** The fields of a module's credentials. */
export const credentials: FieldsOf<AuthenticationOptions> = {
  authentication: optional(choice("sas", "selfSigned", "certificateAuthority", "none")),
  primaryKey: key,
  secondaryKey: key,
  primaryThumbprint: thumbprint,
  secondaryThumbprint: thumbprint,
};

/** The fields of a device. */
export const deviceOptions: FieldsOf<IdentityOptions> = {
  ...credentials,
  status: optional(choice("enabled", "disabled")),
  statusReason: optional(nullable(text())),
};

/** Operations on the identity registry. */
export const identityOperations: Operations<
  Omit<EmulatorIdentities, "connectionString" | "pageConnectionString">
> = {
  listDevices: {
    method: "GET",
    path: "/devices",
    summary: "Lists devices",
    positional: {},
    options: pageFields,
    answer: list(ref("Device")),
  },
  createDevice: {
    method: "POST",
    path: "/devices",
    summary: "Registers a device",
    positional: { deviceId },
    options: deviceOptions,
    status: 201,
    answer: ref("RegisteredDevice"),
  },
  getDevice: {
    method: "GET",
    path: "/devices/{deviceId}",
    summary: "Returns a device with its connection strings",
    positional: { deviceId },
    options: {},
    answer: ref("RegisteredDevice"),
  },
  updateDevice: {
    method: "PATCH",
    path: "/devices/{deviceId}",
    summary: "Changes the status or credentials of a device",
    positional: { deviceId },
    options: deviceOptions,
    answer: ref("Device"),
  },
  deleteDevice: {
    method: "DELETE",
    path: "/devices/{deviceId}",
    summary: "Deletes a device with its modules",
    positional: { deviceId },
    options: {},
  },
  listModules: {
    method: "GET",
    path: "/devices/{deviceId}/modules",
    summary: "Lists the modules of a device",
    positional: { deviceId },
    options: {},
    answer: list(ref("Module")),
  },
  createModule: {
    method: "POST",
    path: "/devices/{deviceId}/modules",
    summary: "Registers a module",
    positional: { deviceId, moduleId },
    options: credentials,
    status: 201,
    answer: ref("RegisteredModule"),
  },
  getModule: {
    method: "GET",
    path: "/devices/{deviceId}/modules/{moduleId}",
    summary: "Returns a module with its connection strings",
    positional: { deviceId, moduleId },
    options: {},
    answer: ref("RegisteredModule"),
  },
  updateModule: {
    method: "PATCH",
    path: "/devices/{deviceId}/modules/{moduleId}",
    summary: "Changes the credentials of a module",
    positional: { deviceId, moduleId },
    options: credentials,
    answer: ref("Module"),
  },
  deleteModule: {
    method: "DELETE",
    path: "/devices/{deviceId}/modules/{moduleId}",
    summary: "Deletes a module",
    positional: { deviceId, moduleId },
    options: {},
  },
  caCertificates: {
    method: "GET",
    path: "/ca-certificates",
    summary: "Lists the trusted certificate authorities",
    positional: {},
    options: {},
    answer: list(ref("CaCertificate")),
  },
  addCaCertificate: {
    method: "POST",
    path: "/ca-certificates",
    summary: "Trusts a certificate authority",
    positional: { certificate: text("PEM") },
    options: {},
    status: 201,
    answer: ref("CaCertificate"),
  },
  removeCaCertificate: {
    method: "DELETE",
    path: "/ca-certificates/{thumbprint}",
    summary: "Stops trusting a certificate authority",
    positional: { thumbprint: text("SHA-256 of the certificate, hexadecimal") },
    options: {},
  },
};
