import { encodeBase64 } from "@isohub/core/internal";
import { systemClock } from "../hub/clock.ts";
import { defined } from "../hub/defined.ts";
import { isLoopback } from "../hub/host-names.ts";
import { problemIn } from "../schema/check.ts";
import { bracketed } from "./control-url.ts";
import { type EmulatorSettingName, emulatorSettings } from "./emulator-settings.ts";
import type { EmulatorOptions, HubOptions } from "./options.ts";

/** Options that have no default. */
type WithoutDefault =
  | "data"
  | "logger"
  | "signal"
  | "tier"
  | "controlToken"
  | "advertise"
  | "authority"
  | "certificate"
  | "seed"
  | "join"
  | "joinAs"
  | "joinToken";

/** The options with defaults applied. */
export type ResolvedOptions = Pick<EmulatorOptions, WithoutDefault> & {
  [Name in Exclude<keyof EmulatorOptions, WithoutDefault>]: Exclude<EmulatorOptions[Name], undefined>;
};

const known: readonly string[] = [
  ...Object.keys(emulatorSettings),
  "authority",
  "certificate",
  "seed",
  "clock",
  "logger",
  "signal",
];

/**
 * Applies the defaults.
 *
 * @throws {TypeError} for an unknown option, or an option of another type or form
 * @throws {RangeError} for a number out of range
 */
export function resolveOptions(options: EmulatorOptions): ResolvedOptions {
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue;
    throw new TypeError(`'${key}' isn't an option; the options are ${known.join(", ")}`);
  }
  const { host = "127.0.0.1" } = options;
  const resolved: ResolvedOptions = {
    hostName: nameOf(host),
    port: 0,
    plainPort: 0,
    officialPorts: false,
    san: [],
    allowedOrigins: [],
    ...(isLoopback(host) ? {} : { controlToken: newControlToken() }),
    wellKnownKeys: false,
    sasClockSkewSeconds: 0,
    requireApiVersion: false,
    minTlsVersion: "1.2",
    certificateKey: "ec",
    certificateChain: "root",
    idScope: "0ne00EM0001",
    provisioningRetryAfterSeconds: 3,
    c2dLockSeconds: 60,
    c2dMaxDeliveryCount: 10,
    partitions: options.tier === "F1" ? 2 : 4,
    consumerGroups: [],
    telemetryLimit: 10_000,
    telemetryMaxBytes: 128 * 1_048_576,
    telemetryMaxBytesPerDevice: 64 * 1_048_576,
    blobStorage: "on-demand",
    clock: systemClock,
    ...defined(options),
    host: host === "localhost" ? "127.0.0.1" : host,
  };
  resolved.hostName = bracketed(resolved.hostName);
  for (const [name, { field }] of Object.entries(emulatorSettings)) {
    const value = resolved[name as EmulatorSettingName];
    const problem = value === undefined ? undefined : problemIn({ [name]: field }, { [name]: value });
    if (problem === undefined) continue;
    throw field.schema.type === "integer" ? new RangeError(problem) : new TypeError(problem);
  }
  if (resolved.join === undefined) {
    const alone = (["joinAs", "joinToken"] as const).find((name) => resolved[name] !== undefined);
    if (alone !== undefined) throw new TypeError(`${alone} must be given with join`);
  }
  return resolved;
}

/** Returns the options of another hub of the same emulator. */
export function optionsOfOther(options: HubOptions, first: ResolvedOptions): ResolvedOptions {
  const { advertise: ofFirst, join: _join, joinAs: _name, joinToken: _token, ...defaults } = first;
  const { host = first.host, port = 0, plainPort = 0, officialPorts = false } = options;
  const hostName = options.hostName ?? (host === first.host ? first.hostName : nameOf(host));
  // Clients that reach the first hub by another host reach this one there as well, at its own port.
  const inherited = options.hostName === undefined ? ofFirst?.replace(/:\d+$/, "") : undefined;
  const { advertise = inherited } = options;
  return resolveOptions({ ...defaults, host, hostName, port, plainPort, officialPorts, advertise });
}

// A name that leads to an address that is bound.
function nameOf(host: string): string {
  if (["127.0.0.1", "localhost", "0.0.0.0", "::", "[::]"].includes(host)) return "localhost";
  return bracketed(host);
}

function newControlToken(): string {
  return encodeBase64(crypto.getRandomValues(new Uint8Array(24)));
}
