import type { Clock } from "@isohub/core/internal";
import type { BlobStorageMode } from "../blobs/blob-storage.ts";
import type { KeyKind, MadeCertificate } from "../certificates/node/certificate-maker.ts";
import type { CertificateChain } from "../certificates/node/server-certificate.ts";
import type { HubEvent } from "../hub/events/events.ts";
import type { HubTier } from "../hub/limits/tiers.ts";
import type { TlsVersion } from "../listeners/tls-version.ts";
import type { HubState } from "./state.ts";

/** Options of `startEmulator`. All are optional. */
export interface EmulatorOptions {
  /**
   * The hub's name in connection strings and certificates. Defaults to `localhost` if `host` is `127.0.0.1` or every address
   * of the machine (`0.0.0.0`, `::`), else to `host`, because `localhost` wouldn't lead there.
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
  /**
   * The host of connection strings over TLS, `host:port` or a host that has the TLS port: for a hub in a container, which
   * clients reach by another name or port. The certificate has the name, too. Connection strings for pages (`ws://`) stay at
   * `hostName`, because clients use no other than loopback addresses without TLS.
   */
  advertise?: string | undefined;
  /** Other names and addresses in the server's certificate, which the hub also accepts in tokens. */
  san?: readonly string[] | undefined;
  /**
   * Derives each key that is generated (of policies, devices, modules and enrollments) from the name of its owner, so that
   * connection strings are the same on every machine and can be checked in. Anyone can derive them.
   */
  wellKnownKeys?: boolean | undefined;
  /** The certificate authority that signs the server's certificate. Defaults to a new one at each start. */
  authority?: MadeCertificate | undefined;
  /**
   * Your own certificate for the server, followed by those between it and its root, and its key. Clients then trust the
   * last certificate of the chain, unless `authority` names the root.
   */
  certificate?: MadeCertificate | undefined;
  /**
   * The kind of key in generated certificates: `ec` (default, generated within a millisecond), or `rsa` as in Azure, for
   * clients that don't support ECDSA. An authority that is kept or given stays as it is.
   */
  certificateKey?: KeyKind | undefined;
  /**
   * The signer of the server's generated certificate: the `root` that clients trust (default), or an `intermediate` authority
   * below it. As in Azure, the server then sends the intermediate certificate, but not the root.
   */
  certificateChain?: CertificateChain | undefined;
  /** The state to begin with: devices, twins, enrollments and more, or the export of another hub. */
  seed?: HubState | undefined;
  /**
   * A folder that keeps the state over restarts and crashes. It needs the package `classic-level`, which you install
   * separately. Everything is written before it is acknowledged, but not forced to the disk: a crash of the operating
   * system may lose the latest seconds. By default, the state is in memory.
   */
  data?: string | undefined;
  /** Clock-skew tolerance for expired tokens, in seconds. Defaults to 0; the real hub allows several minutes. */
  sasClockSkewSeconds?: number | undefined;
  /**
   * Refuses devices whose user name has no `api-version` with CONNACK 4. Off by default: then they are accepted with a
   * warning.
   */
  requireApiVersion?: boolean | undefined;
  /** The oldest TLS version that the hub accepts, `1.2` (default) or `1.3`. Older ones are always refused, as in Azure. */
  minTlsVersion?: TlsVersion | undefined;
  /**
   * Applies the limits and throttles of a tier of Azure with one unit: `F1`, `B1` to `B3`, or `S1` to `S3`. They are the
   * daily quota of messages, and the rates of connections, messages, twin requests, direct methods and requests of services. The
   * basic tiers, `B1` to `B3`, have no twins, methods or cloud-to-device messages. By default, nothing is limited.
   */
  tier?: HubTier | undefined;
  /** The id scope of the provisioning service. Defaults to `0ne00EM0001`. */
  idScope?: string | undefined;
  /** The interval at which registering devices are asked to poll, in seconds. Defaults to 3, as in Azure. */
  provisioningRetryAfterSeconds?: number | undefined;
  /** Time to wait for the PUBACK of a cloud-to-device message before redelivery, in seconds. Defaults to 60. */
  c2dLockSeconds?: number | undefined;
  /** The number of deliveries, 1 to 100, after which a cloud-to-device message is dead-lettered. Defaults to 10. */
  c2dMaxDeliveryCount?: number | undefined;
  /**
   * The number of partitions of each event hub, 1 to 32. Defaults to 4, and to 2 in tier `F1`. State that is kept or imported
   * keeps its number, as a hub in Azure does: readers have positions in each partition.
   */
  partitions?: number | undefined;
  /** Consumer groups of the Event Hub-compatible endpoint, besides `$Default`. */
  consumerGroups?: readonly string[] | undefined;
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
  /**
   * The control API of an emulator in another process, which may run on another machine. Its provisioning service then also
   * assigns devices to this hub, and its clients trust this hub. While that emulator can't be reached, `startEmulator` retries
   * for a minute; a hub that has already joined retries indefinitely.
   */
  join?: string | undefined;
  /** The name of this hub in the enrollments of the emulator that it joins. Defaults to `hub-` and the TLS port. */
  joinAs?: string | undefined;
  /** The control token of the emulator to join. Required if that is bound beyond loopback. */
  joinToken?: string | undefined;
  /** Ends a start that waits for the emulator to join: `startEmulator` then rejects with the reason of the signal. */
  signal?: AbortSignal | undefined;
  /** The source of time. Defaults to the system clock. */
  clock?: Clock | undefined;
  /** Receives every event, first as a readable line. By default, the emulator logs nothing. */
  logger?: ((line: string, event: HubEvent) => void) | undefined;
}

/** Options of `Emulator.createHub`. Without `hostName`, `advertise` defaults to the host that the first hub advertises. */
export type HubOptions = Pick<
  EmulatorOptions,
  "host" | "hostName" | "port" | "plainPort" | "officialPorts" | "advertise"
>;
