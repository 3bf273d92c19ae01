import { decodePropertyBag, utf8Length } from "@isohub/core/internal";
import { isoTime } from "../clock.ts";
import { type Identity, parseIdentity } from "../identities/identity.ts";
import { telemetryNames } from "./system-properties.ts";

/** The largest device-to-cloud message in bytes, properties included. */
export const maxTelemetryBytes: number = 256 * 1024;

/** A message from a device, as a reader of the hub's built-in endpoint receives it. */
export interface TelemetryMessage extends Identity {
  readonly body: Uint8Array;
  /** The sender's properties. The value of a key without `=` is `null`. */
  readonly properties: Readonly<Record<string, string | null>>;
  /**
   * `messageId`, `correlationId`, `userId`, `to`, `contentType`, `contentEncoding`, `expiryTimeUtc`, `creationTimeUtc`,
   * `outputName`, `interfaceId`, `componentName`, `schema` as the sender set them, and `connectionDeviceId`,
   * `connectionModuleId`, `connectionDeviceGenerationId`, `connectionAuthMethod`, `dataSchema` from the hub.
   */
  readonly systemProperties: Readonly<Record<string, string>>;
  /** ISO 8601 in UTC. */
  readonly enqueuedTime: string;
  /** Counts from 1 over the whole hub. */
  readonly sequenceNumber: number;
  /** True if the sender marked it as a duplicate: the hub may have it twice. */
  readonly dup?: boolean;
}

/** A message as it was received, which is also how it is stored. {@link telemetryMessage} makes a {@link TelemetryMessage} of it. */
export interface ReceivedTelemetry {
  readonly identity: Identity;
  readonly bag: string;
  readonly body: Uint8Array;
  /** Properties that the hub adds, such as `mqtt-retain`. */
  readonly added?: Readonly<Record<string, string>> | undefined;
  /** System properties that the hub adds. */
  readonly connection: Readonly<Record<string, string>>;
  readonly dup: boolean;
}

/** A message as it is stored: as it was received, with its number and its time of arrival. */
export interface StoredTelemetry extends ReceivedTelemetry {
  /** Counts from 1 over the whole hub. */
  readonly sequenceNumber: number;
  /** In milliseconds since 1970. */
  readonly enqueuedAt: number;
}

/** The messages to wait for. */
export type TelemetryFilter = { readonly deviceId?: string; readonly moduleId?: string };

/** Returns a message as readers see it. */
export function telemetryMessage(stored: StoredTelemetry): TelemetryMessage {
  const { identity, body, bag, added = {}, connection, dup, enqueuedAt, sequenceNumber } = stored;
  const properties: [string, string | null][] = [];
  const system: [string, string][] = [];
  for (const [key, value] of decodePropertyBag(bag)) {
    if (key.startsWith("$.")) system.push([telemetryNames.get(key) ?? key, value ?? ""]);
    else properties.push([key, value]);
  }
  return {
    ...identity,
    body,
    properties: Object.fromEntries([...properties, ...Object.entries(added)]),
    systemProperties: Object.fromEntries([...system, ...Object.entries(connection)]),
    enqueuedTime: isoTime(enqueuedAt),
    sequenceNumber,
    ...(dup ? { dup: true } : {}),
  };
}

/** The size of a message as the hub counts it: body, property values, and the names of the sender's own properties. */
export function messageSize(
  body: Uint8Array,
  bag: readonly (readonly [key: string, value: string | null])[],
): number {
  return bag.reduce(
    (size, [key, value]) => size + utf8Length(value ?? "") + (key.startsWith("$.") ? 0 : utf8Length(key)),
    body.length,
  );
}

/** Returns the filter for a device with its modules, for one module, or without an identity for all. */
export function filterFor(identity: string | undefined): TelemetryFilter {
  return identity === undefined ? {} : (parseIdentity(identity) ?? { deviceId: identity });
}

/** Whether a message or event of this identity passes a filter. */
export function matches({ deviceId, moduleId }: Identity, filter: TelemetryFilter): boolean {
  if (filter.deviceId !== undefined && deviceId !== filter.deviceId) return false;
  return filter.moduleId === undefined || moduleId === filter.moduleId;
}
