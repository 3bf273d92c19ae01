import type { Clock } from "@isohub/core/internal";
import type { BlobStorageMode } from "./blobs/blob-storage.ts";
import { systemClock } from "./hub/clock.ts";

/** What `startEmulator` takes. Every option may be left out. */
export interface EmulatorOptions {
  /**
   * What the hub calls itself in connection strings and certificates. `localhost` when left out; the bind address when
   * that is another one, because `localhost` would not lead there.
   */
  hostName?: string;
  /** The address to bind, `127.0.0.1` when left out: the emulator is not meant to be reached from elsewhere. */
  host?: string;
  /** The TLS port, for MQTT, WebSockets and HTTPS; 0, the default, takes a free one. */
  port?: number;
  /** The port without TLS, for MQTT, WebSockets, HTTP and the control API; 0, the default, takes a free one. */
  plainPort?: number;
  /**
   * Binds 8883 and 443 as well, which the official clients cannot be talked out of. Connection strings then name no
   * port. Off by default: 443 takes rights.
   */
  officialPorts?: boolean;
  /** How long expired tokens are still taken, in seconds; 0 by default, where the real hub has some minutes. */
  sasClockSkewSeconds?: number;
  /** The id scope of the provisioning service; `0ne00EM0001` by default. */
  idScope?: string;
  /** What the provisioning service has devices wait before they ask again, in seconds; 3 as in the service. */
  provisioningRetryAfterSeconds?: number;
  /** How long a delivered cloud-to-device message waits for its PUBACK before it is delivered again; 60 s as in the hub. */
  c2dLockSeconds?: number;
  /** After how many deliveries a message is given up, 1 to 100; 10 as in the hub. */
  c2dMaxDeliveryCount?: number;
  /** How many telemetry messages are kept for reading; 10,000 by default, to bound memory. */
  telemetryLimit?: number;
  /**
   * Where file uploads go: a process of Azurite, Azure's own storage emulator, from the package `azurite` that has to be
   * installed besides this one. `"on-demand"`, the default, starts it with the first upload; `true` at once; with `false`
   * the hub is one without a storage.
   */
  blobStorage?: BlobStorageMode;
  /** Time; the machine's by default. */
  clock?: Clock;
  /** Called with a readable line for what happens; nothing is written anywhere without it. */
  logger?: (line: string) => void;
}

/** The options with every default filled in. */
export type ResolvedOptions = Required<Omit<EmulatorOptions, "logger">> & Pick<EmulatorOptions, "logger">;

const numberRules = {
  port: [0, 65_535],
  plainPort: [0, 65_535],
  sasClockSkewSeconds: [0, 86_400],
  provisioningRetryAfterSeconds: [0, 86_400],
  c2dLockSeconds: [0, 86_400],
  c2dMaxDeliveryCount: [1, 100],
  telemetryLimit: [0, 10_000_000],
} as const;

const known = new Set([
  "hostName",
  "host",
  "officialPorts",
  "idScope",
  "blobStorage",
  "clock",
  "logger",
  ...Object.keys(numberRules),
]);

/** @throws {TypeError} for an unknown option; @throws {RangeError} for a number out of range. */
export function resolveOptions(options: EmulatorOptions): ResolvedOptions {
  for (const key of Object.keys(options)) {
    if (!known.has(key)) throw new TypeError(`'${key}' is not an option; known are ${[...known].join(", ")}`);
  }
  const { host = "127.0.0.1" } = options;
  const resolved: ResolvedOptions = {
    hostName: host === "127.0.0.1" || host === "localhost" || host === "::1" ? "localhost" : host,
    port: 0,
    plainPort: 0,
    officialPorts: false,
    sasClockSkewSeconds: 0,
    idScope: "0ne00EM0001",
    provisioningRetryAfterSeconds: 3,
    c2dLockSeconds: 60,
    c2dMaxDeliveryCount: 10,
    telemetryLimit: 10_000,
    blobStorage: "on-demand",
    clock: systemClock,
    ...withoutUndefined(options),
    host: host === "localhost" ? "127.0.0.1" : host,
  };
  if (!/^[A-Za-z0-9]{1,64}$/.test(resolved.idScope)) {
    throw new TypeError(`idScope must be 1 to 64 letters and digits, got '${resolved.idScope}'`);
  }
  if (![true, false, "on-demand"].includes(resolved.blobStorage)) {
    throw new TypeError(`blobStorage must be true, false or "on-demand", got '${resolved.blobStorage}'`);
  }
  for (const [key, [least, most]] of Object.entries(numberRules)) {
    const value = resolved[key as keyof typeof numberRules];
    if (Number.isInteger(value) && value >= least && value <= most) continue;
    throw new RangeError(`${key} must be a whole number from ${least} to ${most}, got ${value}`);
  }
  return resolved;
}

function withoutUndefined<T extends object>(object: T): Partial<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Partial<T>;
}
