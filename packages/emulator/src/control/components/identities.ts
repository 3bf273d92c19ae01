import type { ConnectionStrings, RegisteredDevice, RegisteredModule } from "../../api/identities.ts";
import type { CaCertificate } from "../../certificates/ca-certificate.ts";
import type {
  AuthenticationMechanism,
  DeviceIdentity,
  ModuleIdentity,
  ServiceTwin,
  Thumbprints,
} from "../../hub/views/service-view.ts";
import {
  choice,
  count,
  type Field,
  type FieldsOf,
  flag,
  list,
  nullable,
  object,
  optional,
  record,
  text,
  time,
} from "../../schema/schema.ts";

const string: Field<false> = text();
const authenticationType: Field<false> = choice("sas", "selfSigned", "certificateAuthority", "none");
const status: Field<false> = choice("enabled", "disabled");
const connectionState: Field<false> = choice("Connected", "Disconnected");
const capabilities: Field<false> = object<DeviceIdentity["capabilities"]>({ iotEdge: flag() });
const thumbprints: Field<false> = object<Thumbprints>({
  primaryThumbprint: nullable(string),
  secondaryThumbprint: nullable(string),
});

const scopes: FieldsOf<Pick<DeviceIdentity, "deviceScope" | "parentScopes">> = {
  deviceScope: optional(string),
  parentScopes: optional(list(string)),
};

const common: FieldsOf<Omit<ModuleIdentity, "moduleId" | "managedBy">> = {
  deviceId: string,
  generationId: string,
  etag: string,
  connectionState,
  connectionStateUpdatedTime: time(),
  lastActivityTime: time(),
  cloudToDeviceMessageCount: count(),
  authentication: object<AuthenticationMechanism>({
    type: authenticationType,
    symmetricKey: object<AuthenticationMechanism["symmetricKey"]>({
      primaryKey: nullable(string),
      secondaryKey: nullable(string),
    }),
    x509Thumbprint: thumbprints,
  }),
};

const device: FieldsOf<DeviceIdentity> = {
  ...common,
  status,
  statusReason: nullable(string),
  statusUpdatedTime: time(),
  capabilities,
  ...scopes,
};

const module: FieldsOf<ModuleIdentity> = { ...common, moduleId: string, managedBy: nullable(string) };

const connectionStrings: FieldsOf<ConnectionStrings> = {
  connectionString: string,
  pageConnectionString: string,
};

/** Schemas of identities, twins and certificate authorities. */
export const identityComponents: Readonly<Record<string, Field<false>>> = {
  Device: object<DeviceIdentity>(device),
  RegisteredDevice: object<RegisteredDevice>({ ...device, ...connectionStrings }),
  Module: object<ModuleIdentity>(module),
  RegisteredModule: object<RegisteredModule>({ ...module, ...connectionStrings }),
  CaCertificate: object<CaCertificate>({
    thumbprint: string,
    commonName: string,
    notBefore: time(),
    notAfter: time(),
  }),
  Twin: object<ServiceTwin>({
    deviceId: string,
    moduleId: optional(string),
    etag: string,
    deviceEtag: string,
    status,
    statusReason: optional(string),
    statusUpdateTime: time(),
    connectionState,
    lastActivityTime: time(),
    cloudToDeviceMessageCount: count(),
    authenticationType,
    x509Thumbprint: thumbprints,
    modelId: string,
    version: count(),
    tags: record(),
    properties: object<ServiceTwin["properties"]>({ desired: record(), reported: record() }),
    capabilities,
    ...scopes,
    configurations: optional(record()),
  }),
};
