import type { JsonObject } from "@isohub/core";
import type { IdentityRecord } from "./registry.ts";
import type { Twin } from "./twin.ts";

/** A device or module as the service API shows it. */
export interface DeviceIdentity {
  readonly deviceId: string;
  readonly moduleId?: string;
  readonly generationId: string;
  readonly etag: string;
  readonly connectionState: "Connected" | "Disconnected";
  readonly status: "enabled" | "disabled";
  readonly statusReason: string | null;
  readonly connectionStateUpdatedTime: string;
  readonly statusUpdatedTime: string;
  readonly lastActivityTime: string;
  readonly cloudToDeviceMessageCount: number;
  readonly authentication: {
    readonly type: "sas";
    readonly symmetricKey: { readonly primaryKey: string; readonly secondaryKey: string };
    readonly x509Thumbprint: { readonly primaryThumbprint: null; readonly secondaryThumbprint: null };
  };
  readonly capabilities: { readonly iotEdge: boolean };
}

/** A twin as the service API shows it: with tags, metadata and the state of its device. */
export interface ServiceTwin {
  readonly deviceId: string;
  readonly moduleId?: string;
  readonly etag: string;
  readonly deviceEtag: string;
  readonly status: "enabled" | "disabled";
  readonly statusUpdateTime: string;
  readonly connectionState: "Connected" | "Disconnected";
  readonly lastActivityTime: string;
  readonly cloudToDeviceMessageCount: number;
  readonly authenticationType: "sas";
  readonly x509Thumbprint: { readonly primaryThumbprint: null; readonly secondaryThumbprint: null };
  readonly modelId: string;
  readonly version: number;
  readonly tags: JsonObject;
  readonly properties: { readonly desired: JsonObject; readonly reported: JsonObject };
  readonly capabilities: { readonly iotEdge: boolean };
}

/** What the registry does not know of an identity. */
export interface IdentityActivity {
  readonly connected: boolean;
  readonly connectionStateUpdatedTime: string;
  readonly lastActivityTime: string;
  readonly modelId: string;
  readonly cloudToDeviceMessageCount: number;
}

const noThumbprint = { primaryThumbprint: null, secondaryThumbprint: null } as const;

/** @source IoT Hub service REST, Devices - Get Identity */
export function deviceView(record: IdentityRecord, activity: IdentityActivity): DeviceIdentity {
  const { deviceId, moduleId, primaryKey, secondaryKey } = record;
  return {
    deviceId,
    ...(moduleId === undefined ? {} : { moduleId }),
    generationId: record.generationId,
    etag: record.etag,
    connectionState: activity.connected ? "Connected" : "Disconnected",
    status: record.status,
    statusReason: record.statusReason,
    connectionStateUpdatedTime: activity.connectionStateUpdatedTime,
    statusUpdatedTime: record.statusUpdatedTime,
    lastActivityTime: activity.lastActivityTime,
    cloudToDeviceMessageCount: activity.cloudToDeviceMessageCount,
    authentication: { type: "sas", symmetricKey: { primaryKey, secondaryKey }, x509Thumbprint: noThumbprint },
    capabilities: { iotEdge: false },
  };
}

/** @source IoT Hub service REST, Devices - Get Twin */
export function twinView(record: IdentityRecord, twin: Twin, activity: IdentityActivity): ServiceTwin {
  const { deviceId, moduleId } = record;
  const section = ({ value, metadata, version }: Twin["desired"]): JsonObject => ({
    ...value,
    $metadata: metadata,
    $version: version,
  });
  return {
    deviceId,
    ...(moduleId === undefined ? {} : { moduleId }),
    etag: twin.etag,
    deviceEtag: record.etag,
    status: record.status,
    statusUpdateTime: record.statusUpdatedTime,
    connectionState: activity.connected ? "Connected" : "Disconnected",
    lastActivityTime: activity.lastActivityTime,
    cloudToDeviceMessageCount: activity.cloudToDeviceMessageCount,
    authenticationType: "sas",
    x509Thumbprint: noThumbprint,
    modelId: activity.modelId,
    version: twin.version,
    tags: twin.tags,
    properties: { desired: section(twin.desired), reported: section(twin.reported) },
    capabilities: { iotEdge: false },
  };
}
