import type { JsonObject } from "@isohub/core";
import type { TwinConfigurations } from "../configurations/applied-configurations.ts";
import type { AuthenticationType } from "../identities/authentication.ts";
import type { IdentityRecord } from "../identities/registry.ts";
import { type TwinProperties, type TwinRecord, twinEtag } from "../twins/twin.ts";

/** The thumbprints of an identity; `null` if not set. */
export interface Thumbprints {
  readonly primaryThumbprint: string | null;
  readonly secondaryThumbprint: string | null;
}

/** The authentication of an identity, as the service API returns it. */
export interface AuthenticationMechanism {
  readonly type: AuthenticationType;
  /** `null` unless the type is `sas`. */
  readonly symmetricKey: { readonly primaryKey: string | null; readonly secondaryKey: string | null };
  readonly x509Thumbprint: Thumbprints;
}

/** The fields that devices and modules have in common in the service API. */
interface CommonIdentity {
  readonly deviceId: string;
  readonly generationId: string;
  readonly etag: string;
  readonly connectionState: "Connected" | "Disconnected";
  readonly connectionStateUpdatedTime: string;
  readonly lastActivityTime: string;
  readonly cloudToDeviceMessageCount: number;
  readonly authentication: AuthenticationMechanism;
}

/** A device, as the service API returns it. */
export interface DeviceIdentity extends CommonIdentity {
  readonly status: "enabled" | "disabled";
  readonly statusReason: string | null;
  readonly statusUpdatedTime: string;
  readonly capabilities: { readonly iotEdge: boolean };
  /** The scope of an IoT Edge device, or of the parent of a device. */
  readonly deviceScope?: string;
  readonly parentScopes?: readonly string[];
}

/** A module, as the service API returns it. */
export interface ModuleIdentity extends CommonIdentity {
  readonly moduleId: string;
  readonly managedBy: string | null;
}

/** A twin, as the service API returns it: with tags, metadata and the state of its device. */
export interface ServiceTwin {
  readonly deviceId: string;
  readonly moduleId?: string;
  readonly etag: string;
  readonly deviceEtag: string;
  readonly status: "enabled" | "disabled";
  /** Only if the device has one. */
  readonly statusReason?: string;
  readonly statusUpdateTime: string;
  readonly connectionState: "Connected" | "Disconnected";
  readonly lastActivityTime: string;
  readonly cloudToDeviceMessageCount: number;
  readonly authenticationType: AuthenticationType;
  readonly x509Thumbprint: Thumbprints;
  readonly modelId: string;
  readonly version: number;
  readonly tags: JsonObject;
  readonly properties: { readonly desired: JsonObject; readonly reported: JsonObject };
  readonly capabilities: { readonly iotEdge: boolean };
  /** The scope of an IoT Edge device, or of the parent of a device. */
  readonly deviceScope?: string;
  readonly parentScopes?: readonly string[];
  /** The configurations that select the device or module, with their status. */
  readonly configurations?: TwinConfigurations;
}

/** The activity of an identity, which the registry does not record. */
export interface IdentityActivity {
  readonly connected: boolean;
  readonly connectionStateUpdatedTime: string;
  readonly lastActivityTime: string;
  readonly modelId: string;
  readonly cloudToDeviceMessageCount: number;
}

/** @source IoT Hub service REST, Devices - Get Identity */
export function deviceView(record: IdentityRecord, activity: IdentityActivity): DeviceIdentity {
  const { status, statusReason, statusUpdatedTime } = record;
  return {
    ...commonView(record, activity),
    status,
    statusReason,
    statusUpdatedTime,
    capabilities: { iotEdge: record.iotEdge },
    ...scopesOf(record),
  };
}

/** @source IoT Hub service REST, Modules - Get Identity */
export function moduleView(record: IdentityRecord, activity: IdentityActivity): ModuleIdentity {
  return { ...commonView(record, activity), moduleId: record.moduleId ?? "", managedBy: record.managedBy };
}

function commonView(record: IdentityRecord, activity: IdentityActivity): CommonIdentity {
  return {
    deviceId: record.deviceId,
    generationId: record.generationId,
    etag: record.etag,
    connectionState: activity.connected ? "Connected" : "Disconnected",
    connectionStateUpdatedTime: activity.connectionStateUpdatedTime,
    lastActivityTime: activity.lastActivityTime,
    cloudToDeviceMessageCount: activity.cloudToDeviceMessageCount,
    authentication: authenticationView(record),
  };
}

/** Returns the credentials of an identity. @source IoT Hub service REST, AuthenticationMechanism */
export function authenticationView(record: IdentityRecord): AuthenticationMechanism {
  const { authentication: type, primaryKey, secondaryKey } = record;
  return {
    type,
    symmetricKey: { primaryKey: primaryKey || null, secondaryKey: secondaryKey || null },
    x509Thumbprint: thumbprintsOf(record),
  };
}

function scopesOf({
  deviceScope,
  parentScopes,
}: IdentityRecord): Pick<DeviceIdentity, "deviceScope" | "parentScopes"> {
  return {
    ...(deviceScope === null ? {} : { deviceScope }),
    ...(parentScopes.length === 0 ? {} : { parentScopes }),
  };
}

function thumbprintsOf({ primaryThumbprint, secondaryThumbprint }: IdentityRecord): Thumbprints {
  return { primaryThumbprint, secondaryThumbprint };
}

/** @source IoT Hub service REST, Devices - Get Twin */
export function twinView(record: IdentityRecord, twin: TwinRecord, activity: IdentityActivity): ServiceTwin {
  const { deviceId, moduleId } = record;
  const section = ({ value, metadata, version }: TwinProperties): JsonObject => ({
    ...value,
    $metadata: metadata,
    $version: version,
  });
  return {
    deviceId,
    ...(moduleId === undefined ? {} : { moduleId }),
    etag: twinEtag(twin),
    deviceEtag: record.etag,
    status: record.status,
    ...(record.statusReason === null ? {} : { statusReason: record.statusReason }),
    statusUpdateTime: record.statusUpdatedTime,
    connectionState: activity.connected ? "Connected" : "Disconnected",
    lastActivityTime: activity.lastActivityTime,
    cloudToDeviceMessageCount: activity.cloudToDeviceMessageCount,
    authenticationType: record.authentication,
    x509Thumbprint: thumbprintsOf(record),
    modelId: activity.modelId,
    version: twin.version,
    tags: twin.tags,
    properties: { desired: section(twin.desired), reported: section(twin.reported) },
    capabilities: { iotEdge: record.iotEdge },
    ...scopesOf(record),
  };
}
