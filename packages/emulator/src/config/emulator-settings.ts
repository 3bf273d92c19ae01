import { keyKinds } from "../certificates/node/certificate-maker.ts";
import { certificateChains } from "../certificates/node/server-certificate.ts";
import { hubTiers } from "../hub/limits/tiers.ts";
import { tlsVersions } from "../listeners/tls-version.ts";
import { advertisedHostForm } from "../schema/advertised-host.ts";
import { choice, either, flag } from "../schema/schema.ts";
import { hubNameForm } from "./hub-name.ts";
import type { EmulatorOptions } from "./options.ts";
import {
  choiceSetting,
  flagSetting,
  integerSetting,
  listSetting,
  pathSetting,
  type Setting,
  textSetting,
} from "./setting.ts";

/** The options of `startEmulator` that flags, variables and configurations can set. */
export type EmulatorSettingName = Exclude<
  keyof EmulatorOptions,
  "clock" | "logger" | "signal" | "authority" | "certificate" | "seed"
>;

const tokenForm = {
  pattern: "^[\\w.~+/=-]{16,}$",
  rule: "at least 16 letters, digits and - . _ ~ + / =",
  isSecret: true,
};
const blobStorage = either(flag(), choice("on-demand"));

/**
 * Every setting of a hub. The checks of `startEmulator`, the flags with their help, the environment variables, and the
 * schema of the configuration file come from this table. A new one is a row here, and its declaration and default in
 * `options.ts`.
 */
export const emulatorSettings: { readonly [Name in EmulatorSettingName]: Setting } = {
  port: integerSetting(0, 65_535, {
    flag: "port",
    summary: "TLS port: MQTT, WebSockets, HTTPS (default: a free port)",
  }),
  plainPort: integerSetting(0, 65_535, {
    flag: "plain-port",
    summary: "port without TLS, and the control API (default: a free port)",
  }),
  host: textSetting({
    flag: "host",
    placeholder: "<address>",
    summary: "address to bind (default: 127.0.0.1)",
  }),
  hostName: textSetting({
    flag: "host-name",
    placeholder: "<name>",
    summary: "name of the hub in connection strings (default: localhost)",
  }),
  advertise: textSetting(
    {
      flag: "advertise",
      placeholder: "<host:port>",
      summary: "host and port in connection strings over TLS, if clients reach the hub there",
    },
    advertisedHostForm,
  ),
  san: listSetting({
    flag: "san",
    placeholder: "<name>",
    summary: "another name or address in the server's certificate; can be repeated",
  }),
  officialPorts: flagSetting({
    flag: "official-ports",
    summary: "also bind 8883, 443, 5671 and 5672, which some official clients require",
  }),
  allowedOrigins: listSetting({
    flag: "allow-origin",
    placeholder: "<origin>",
    summary: "let pages of this origin use the hub, besides those at localhost; can be repeated",
  }),
  controlToken: textSetting(
    {
      flag: "control-token",
      placeholder: "<token>",
      summary: "token of the control API (default: none at a loopback address, else a random one)",
    },
    tokenForm,
  ),
  wellKnownKeys: flagSetting({
    flag: "well-known-keys",
    summary:
      "derive each generated key from the name of its owner, so that connection strings can be checked in",
  }),
  idScope: textSetting(
    {
      flag: "id-scope",
      placeholder: "<scope>",
      summary: "id scope of the provisioning service (default: 0ne00EM0001)",
    },
    { pattern: "^[A-Za-z0-9]{1,64}$", rule: "1 to 64 letters and digits" },
  ),
  join: textSetting(
    {
      flag: "join",
      placeholder: "<url>",
      summary:
        "join the emulator with this control API: its provisioning service also assigns devices to this hub",
    },
    {
      pattern: "^https?://[^\\s/]+/control/?$",
      rule: "the URL of a control API, such as http://127.0.0.1:8080/control",
    },
  ),
  joinAs: textSetting(
    {
      flag: "join-as",
      placeholder: "<name>",
      summary: "name of the joined hub in enrollments (default: hub- and its TLS port)",
    },
    hubNameForm,
  ),
  joinToken: textSetting(
    {
      flag: "join-token",
      placeholder: "<token>",
      summary: "control token of the emulator to join",
    },
    tokenForm,
  ),
  sasClockSkewSeconds: integerSetting(0, 86_400, {
    flag: "sas-clock-skew-seconds",
    summary: "clock-skew tolerance for expired tokens (default: 0)",
  }),
  requireApiVersion: flagSetting({
    flag: "require-api-version",
    summary: "refuse devices whose user name has no api-version",
  }),
  minTlsVersion: choiceSetting(tlsVersions, {
    flag: "min-tls-version",
    summary: "oldest TLS version that the hub accepts (default: 1.2)",
  }),
  certificateKey: choiceSetting(keyKinds, {
    flag: "certificate-key",
    summary: "kind of key in generated certificates; Azure's are rsa (default: ec)",
  }),
  certificateChain: choiceSetting(certificateChains, {
    flag: "certificate-chain",
    summary:
      "signer of the server's certificate: the root, or an intermediate below it, as in Azure (default: root)",
  }),
  tier: choiceSetting(hubTiers, {
    flag: "tier",
    summary: "apply the quota and the throttles of a tier (default: none)",
  }),
  provisioningRetryAfterSeconds: integerSetting(0, 86_400, {
    flag: "provisioning-retry-after-seconds",
    summary: "interval at which registering devices poll (default: 3)",
  }),
  c2dLockSeconds: integerSetting(0, 86_400, {
    flag: "c2d-lock-seconds",
    summary: "time to wait for the PUBACK of a cloud-to-device message (default: 60)",
  }),
  c2dMaxDeliveryCount: integerSetting(1, 100, {
    flag: "c2d-max-delivery-count",
    summary: "deliveries after which a cloud-to-device message is dead-lettered (default: 10)",
  }),
  partitions: integerSetting(1, 32, {
    flag: "partitions",
    summary:
      "partitions of each event hub; a hub with data keeps the number it has (default: 4; 2 in tier F1)",
  }),
  consumerGroups: listSetting({
    flag: "consumer-group",
    placeholder: "<name>",
    summary: "another consumer group of the Event Hub-compatible endpoint; can be repeated",
  }),
  telemetryLimit: integerSetting(0, 10_000_000, {
    flag: "telemetry-limit",
    summary: "number of telemetry messages to keep (default: 10000)",
  }),
  telemetryMaxBytes: integerSetting(1_048_576, 4_294_967_295, {
    flag: "telemetry-max-bytes",
    summary: "bytes of telemetry to keep (default: 128 MiB)",
  }),
  telemetryMaxBytesPerDevice: integerSetting(1_048_576, 4_294_967_295, {
    flag: "telemetry-max-bytes-per-device",
    summary: "bytes of telemetry to keep from one device (default: 64 MiB)",
  }),
  blobStorage: {
    flag: "blob-storage",
    placeholder: "",
    summary: "start the storage for file uploads immediately (default: with the first upload)",
    field: { ...blobStorage, schema: { ...blobStorage.schema, description: "storage for file uploads" } },
  },
  data: pathSetting({
    flag: "data",
    placeholder: "<folder>",
    summary:
      "keep the state in this folder over restarts; needs the package classic-level (default: in memory)",
  }),
};
