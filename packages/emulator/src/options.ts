import { type Clock, encodeBase64 } from "@isohub/core/internal";
import type { BlobStorageMode } from "./blobs/blob-storage.ts";
import { systemClock } from "./hub/clock.ts";
import { isLoopback } from "./hub/host-names.ts";

/** Options of `startEmulator`. All are optional. */
export interface EmulatorOptions {
  /**
   * The hub's name in connection strings and certificates. Defaults to `localhost`, or to `host` if that isn't a loopback
   * address, because `localhost` wouldn't lead there.
   */
  hostName?: string | undefined;
  /** The address to bind. Defaults to `127.0.0.1`, so that other machines can't reach the emulator. */
  host?: string | undefined;
  /** The TLS port, for MQTT, AMQP, WebSockets and HTTPS. Defaults to 0, which selects a free port. */
  port?: number | undefined;
  /** The port without TLS, for MQTT, WebSockets, HTTP and the control API. Defaults to 0, which selects a free port. */
  plainPort?: number | undefined;
  /**
   * Also binds ports 8883, 443, 5671 and, without TLS, 5672: some official clients accept no other. Connection strings then
   * contain no port. Off by default, because 443 requires elevated privileges on most systems.
   */
  officialPorts?: boolean | undefined;
  /**
   * Origins of web pages that may use the hub, such as `https://app.example`, besides pages at loopback addresses and at
   * the hub's own names; `*` allows all. Applies to the control API and to MQTT over WebSockets.
   */
  allowedOrigins?: readonly string[] | undefined;
  /**
   * The token that requests to the control API must have, as `Authorization: Bearer …`. Defaults to none if `host` is a
   * loopback address, else to a random one: see `Emulator.controlToken`.
   */
  controlToken?: string | undefined;
  /** Clock-skew tolerance for expired tokens, in seconds. Defaults to 0; the real hub allows several minutes. */
  sasClockSkewSeconds?: number | undefined;
  /**
   * Refuses devices whose user name has no `api-version` with CONNACK 4. Off by default: then they are accepted with a
   * warning.
   */
  requireApiVersion?: boolean | undefined;
  /** The id scope of the provisioning service. Defaults to `0ne00EM0001`. */
  idScope?: string | undefined;
  /** The interval at which registering devices are asked to poll, in seconds. Defaults to 3, as in Azure. */
  provisioningRetryAfterSeconds?: number | undefined;
  /** Time to wait for the PUBACK of a cloud-to-device message before redelivery, in seconds. Defaults to 60. */
  c2dLockSeconds?: number | undefined;
  /** The number of deliveries, 1 to 100, after which a cloud-to-device message is dead-lettered. Defaults to 10. */
  c2dMaxDeliveryCount?: number | undefined;
  /**
   * The number of telemetry messages to keep. Defaults to 10,000. At each limit of telemetry, the oldest messages of the
   * devices that use the most are deleted, so a busy device doesn't displace the others.
   */
  telemetryLimit?: number | undefined;
  /** The bytes of telemetry to keep. Defaults to 128 MiB. */
  telemetryMaxBytes?: number | undefined;
  /** The bytes of telemetry to keep from one device and its modules. Defaults to 64 MiB. */
  telemetryMaxBytesPerDevice?: number | undefined;
  /**
   * Blob storage for file uploads: a process of Azurite, Azure's storage emulator, from the package `azurite`, which you
   * install separately. `"on-demand"` (default) starts it with the first upload, `true` starts it immediately, and
   * `false` disables file uploads.
   */
  blobStorage?: BlobStorageMode | undefined;
  /** The source of time. Defaults to the system clock. */
  clock?: Clock | undefined;
  /** Receives a readable line for every event. By default, the emulator logs nothing. */
  logger?: ((line: string) => void) | undefined;
}

/** The options with defaults applied. */
export type ResolvedOptions = Pick<EmulatorOptions, "logger" | "controlToken"> & {
  [TName in Exclude<keyof EmulatorOptions, "logger" | "controlToken">]: Exclude<
    EmulatorOptions[TName],
    undefined
  >;
};

const integerRanges = {
  port: [0, 65_535],
  plainPort: [0, 65_535],
  sasClockSkewSeconds: [0, 86_400],
  provisioningRetryAfterSeconds: [0, 86_400],
  c2dLockSeconds: [0, 86_400],
  c2dMaxDeliveryCount: [1, 100],
  telemetryLimit: [0, 10_000_000],
  telemetryMaxBytes: [1_048_576, 4_294_967_295],
  telemetryMaxBytesPerDevice: [1_048_576, 4_294_967_295],
} as const;

const known = new Set([
  "hostName",
  "host",
  "officialPorts",
  "allowedOrigins",
  "controlToken",
  "requireApiVersion",
  "idScope",
  "blobStorage",
  "clock",
  "logger",
  ...Object.keys(integerRanges),
]);

/**
 * Applies the defaults.
 *
 * @throws {TypeError} for an unknown option
 * @throws {RangeError} for a number out of range
 */
export function resolveOptions(options: EmulatorOptions): ResolvedOptions {
  for (const key of Object.keys(options)) {
    if (known.has(key)) continue;
    throw new TypeError(`'${key}' isn't an option; the options are ${[...known].join(", ")}`);
  }
  const { host = "127.0.0.1" } = options;
  const resolved: ResolvedOptions = {
    hostName: host === "127.0.0.1" || host === "localhost" || host === "::1" ? "localhost" : host,
    port: 0,
    plainPort: 0,
    officialPorts: false,
    allowedOrigins: [],
    ...(isLoopback(host) ? {} : { controlToken: newControlToken() }),
    sasClockSkewSeconds: 0,
    requireApiVersion: false,
    idScope: "0ne00EM0001",
    provisioningRetryAfterSeconds: 3,
    c2dLockSeconds: 60,
    c2dMaxDeliveryCount: 10,
    telemetryLimit: 10_000,
    telemetryMaxBytes: 128 * 1_048_576,
    telemetryMaxBytesPerDevice: 64 * 1_048_576,
    blobStorage: "on-demand",
    clock: systemClock,
    ...withoutUndefined(options),
    host: host === "localhost" ? "127.0.0.1" : host,
  };
  if (resolved.controlToken !== undefined && !/^[\w.~+/=-]{16,}$/.test(resolved.controlToken)) {
    throw new TypeError("controlToken must be at least 16 letters, digits and - . _ ~ + / =");
  }
  if (!/^[A-Za-z0-9]{1,64}$/.test(resolved.idScope)) {
    throw new TypeError(`idScope must be 1 to 64 letters and digits, got '${resolved.idScope}'`);
  }
  if (![true, false, "on-demand"].includes(resolved.blobStorage)) {
    throw new TypeError(`blobStorage must be true, false or "on-demand", got '${resolved.blobStorage}'`);
  }
  for (const [key, [min, max]] of Object.entries(integerRanges)) {
    const value = resolved[key as keyof typeof integerRanges];
    if (Number.isInteger(value) && value >= min && value <= max) continue;
    throw new RangeError(`${key} must be an integer from ${min} to ${max}, got ${value}`);
  }
  return resolved;
}

function newControlToken(): string {
  return encodeBase64(crypto.getRandomValues(new Uint8Array(24)));
}

function withoutUndefined<T extends object>(
  object: T,
): { [TName in keyof T]?: Exclude<T[TName], undefined> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as {
    [TName in keyof T]?: Exclude<T[TName], undefined>;
  };
}
