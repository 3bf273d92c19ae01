import type { ProxyOptions } from "../auth/proxy-options.ts";
import type { SigningMechanism } from "../auth/sas-token.ts";
import type { RetryPolicy } from "../connection/retry-policy.ts";
import type { MqttEngine } from "../mqtt/engine.ts";
import type { Logger } from "../util/logger.ts";

/** The options of every client; each has a default, and a name that is none of these is refused. */
export interface ClientOptions {
  /** MQTT over WebSockets (port 443) in place of MQTT over TLS (port 8883). Default false; a page has nothing else. */
  websockets?: boolean;
  /**
   * Trusted certificate authorities, as the content of a PEM file, for gateways and local hubs. On Node they replace
   * the default authorities; only file uploads trust both, because storage accounts have public certificates. On Deno they
   * are added to the default authorities.
   */
  serverVerificationCert?: string | Uint8Array | undefined;
  /**
   * The cipher suites to allow, as an OpenSSL cipher list (`ECDHE+AESGCM:!kRSA`) or a list of names; names of TLS 1.3 and of
   * the IANA registry are accepted, too. As in OpenSSL, a list without any suite of TLS 1.3 leaves those at their defaults.
   * Defaults to the runtime's suites.
   */
  cipher?: string | readonly string[] | undefined;
  /** Added to the user agent; a text that starts with `dtmi` is the {@link modelId} instead, as in Python. */
  productInfo?: string;
  /** The digital twin model this device follows: `dtmi:…`. */
  modelId?: string;
  /** How long a generated token lives, in seconds. Default 3600. It is renewed 120 s before its end. */
  sastokenTtl?: number;
  /** Keep-alive in seconds, 1 to 1740. Default 60: well within the 4 minutes after which Azure drops a silent connection. */
  keepAlive?: number;
  /** Whether operations connect by themselves. Default true. */
  autoConnect?: boolean;
  /** Whether a lost connection is made again. Default true. */
  connectionRetry?: boolean;
  /** A fixed wait between tries, in seconds. Default: exponential back-off with jitter, 1 s up to 60 s. */
  connectionRetryInterval?: number;
  /** Your own wait between tries, in milliseconds; excludes `connectionRetryInterval`. */
  retryPolicy?: RetryPolicy;
  /** Whether desired changes made while the device was away are delivered after it came back. Default true. */
  ensureDesiredProperties?: boolean;
  /** Where to connect in place of the hub: an IoT Edge gateway, or a local hub as `host:port`. */
  gatewayHostname?: string;
  /** How long an operation may take, in milliseconds, waiting for a connection included. Default 60 000. */
  operationTimeoutMs?: number;
  /** How long connecting may take up to the hub's answer, in milliseconds. Default 60 000, as in Python. */
  connectTimeoutMs?: number;
  /** How long a ping may stay without answer before the connection counts as dead, in milliseconds. Default 10 000. */
  pingTimeoutMs?: number;
  /** How many messages from the hub are kept while nobody listens; further ones stay at the hub. Default 1000. */
  receiveQueueLimit?: number;
  /** A proxy for MQTT over TLS, MQTT over WebSockets and HTTPS alike. Default: none. */
  proxyOptions?: ProxyOptions | undefined;
  /** Signs tokens in place of a key in memory, such as a TPM; for {@link IoTHubDeviceClient.createFromSymmetricKey}. */
  signingMechanism?: SigningMechanism;
  /** Is told what the client does; never of keys, tokens or message bodies. Default: nobody. */
  logger?: Logger;
  /**
   * The MQTT implementation: `leanEngine`, or `mqttJsEngine` from the entry `/mqttjs` of the runtime package. Both behave
   * alike. Default: `leanEngine`, which needs half of the CPU and memory and no further package.
   */
  engine?: MqttEngine;
}

/** Options with every default filled in. */
export interface ResolvedOptions {
  readonly websockets: boolean;
  readonly serverVerificationCert: string | undefined;
  readonly cipher: string | undefined;
  readonly productInfo: string;
  readonly modelId: string | undefined;
  readonly sastokenTtl: number;
  readonly keepAlive: number;
  readonly autoConnect: boolean;
  readonly connectionRetry: boolean;
  readonly retryPolicy: RetryPolicy;
  readonly ownRetryPolicy: boolean;
  readonly ensureDesiredProperties: boolean;
  readonly gatewayHostname: string | undefined;
  readonly operationTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly pingTimeoutMs: number;
  readonly receiveQueueLimit: number;
  readonly proxyOptions: ProxyOptions | undefined;
  readonly signingMechanism: SigningMechanism | undefined;
  readonly logger: Logger | undefined;
  readonly engine: MqttEngine | undefined;
}
