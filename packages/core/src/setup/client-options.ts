import type { ProxyOptions } from "../auth/proxy-options.ts";
import type { SigningMechanism } from "../auth/sas-token.ts";
import type { RetryPolicy } from "../connection/retry-policy.ts";
import type { MqttEngine } from "../mqtt/engine.ts";
import type { Outbox } from "../outbox/outbox.ts";
import type { Logger } from "../util/logger.ts";

/** The options of every client. Each is optional, and may be `undefined`; a name that isn't one of these is rejected. */
export interface ClientOptions {
  /**
   * MQTT over WebSockets (port 443) instead of MQTT over TLS (port 8883). Defaults to true in pages, which have no TLS sockets,
   * and for hosts that start with `ws://`; otherwise to false.
   *
   * With `"auto"`, each attempt to connect tries both: MQTT over TLS, and if that fails, or a step of it takes 5 s, WebSockets. Later
   * attempts begin with the transport that worked, or with the other one if a connection ended without CONNACK. The client remembers it,
   * and the `storage` of a provisioned client does across restarts. In pages, `"auto"` means WebSockets.
   */
  websockets?: boolean | "auto" | undefined;
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
  /** Added to the user agent. A string that starts with `dtmi` is the {@link modelId} instead, as in Python. */
  productInfo?: string | undefined;
  /** The digital twin model that this device follows: `dtmi:…`. */
  modelId?: string | undefined;
  /** The lifetime of generated tokens, in seconds. Default 3600. A token is renewed 120 s before it expires. */
  sastokenTtl?: number | undefined;
  /** The keep-alive interval in seconds, 1 to 1740. Default 60: Azure drops connections that are silent for 4 minutes. */
  keepAlive?: number | undefined;
  /** Whether operations connect automatically. Default true. */
  autoConnect?: boolean | undefined;
  /** Whether the client reconnects after it lost a connection. Default true. */
  connectionRetry?: boolean | undefined;
  /**
   * Whether the client also retries as long as no connection has been accepted: a device may boot before its network. Then
   * `connect()` waits for the first connection, and operations wait within their time limits; a refusal (CONNACK 1, 2, 4, 5) still
   * rejects. Default false: the first failed attempt rejects. With an {@link outbox}, default true: its messages wait for the network.
   */
  firstConnectionRetry?: boolean | undefined;
  /** A fixed wait between attempts, in seconds; applies also after a takeover. Default: exponential backoff with jitter, from 1 s to 60 s. */
  connectionRetryInterval?: number | undefined;
  /** Your own wait between attempts, in milliseconds; excludes {@link connectionRetryInterval}. */
  retryPolicy?: RetryPolicy | undefined;
  /** Whether desired properties that changed while the device was offline are delivered once it is back. Default true. */
  ensureDesiredProperties?: boolean | undefined;
  /** The host to connect to instead of the hub: an IoT Edge gateway, or a local hub as `host:port`. */
  gatewayHostname?: string | undefined;
  /** The time limit of an operation, in milliseconds, including the wait for a connection. Default 60 000. */
  operationTimeoutMs?: number | undefined;
  /** The time limit for connecting, in milliseconds, until the hub has accepted the client. Default 60 000, as in Python. */
  connectTimeoutMs?: number | undefined;
  /**
   * The time limit for each step of reconnecting, in milliseconds: TCP, the TLS handshake, the WebSocket upgrade, CONNACK.
   * Default 10 000: a lost packet is sent again after 1, 3 and 7 s, and a message within {@link operationTimeoutMs} outlives
   * several attempts that go dead. It grows by a fifth with each failure, up to {@link connectTimeoutMs}.
   */
  connectStepTimeoutMs?: number | undefined;
  /**
   * The time limit for the answer to a ping, in milliseconds; then the connection counts as lost. Default 10 000. The client pings after
   * {@link keepAlive}, or when a message was sent three tenths of this limit ago and nothing has arrived since.
   */
  pingTimeoutMs?: number | undefined;
  /**
   * The time limit for the acknowledgement of a message, in milliseconds, while the hub acknowledges none before it; then the
   * client reconnects and sends it again. Default 30 000: half of {@link operationTimeoutMs}, so that the message still
   * arrives in time, and much longer than a throttled hub takes.
   */
  acknowledgementTimeoutMs?: number | undefined;
  /**
   * The same limit, once the hub has acknowledged a later message. Default 10 000: the hub acknowledges in order, so this
   * acknowledgement is probably lost. A pair in the wrong order is seconds apart at most.
   */
  overtakenTimeoutMs?: number | undefined;
  /**
   * Whether the client compares this machine's clock with the hub's after the hub refused it, so that the error names a wrong clock.
   * Over WebSockets it reads the answer to the upgrade; without one, it sends a request to the hub over HTTPS, with no credentials.
   * On Deno, that request needs the permission `--allow-net` for port 443. No effect in pages. Default true.
   */
  checkClock?: boolean | undefined;
  /** The maximum number of received messages that wait for a listener; more stay at the hub. Default 1000. */
  receiveQueueLimit?: number | undefined;
  /**
   * The behavior if another client of this page, or of another tab, uses the device: `fail` rejects with `identity_in_use`
   * after a second; `wait` waits until that client has disconnected or its tab is closed, however long that takes.
   * Meanwhile the state is `connecting`, with `identity_in_use` as its reason. The wait ends with `disconnect()`,
   * `shutdown()`, or an aborted `connect()` if nothing else needs the connection; it doesn't count for `connectTimeoutMs`.
   * No effect outside of pages, where other clients can't be seen. Default: `fail`.
   */
  whenInUse?: "fail" | "wait" | undefined;
  /** The proxy for MQTT over TLS, MQTT over WebSockets, and HTTPS. Default: none. */
  proxyOptions?: ProxyOptions | undefined;
  /** Signs tokens instead of a key in memory, such as a TPM; for {@link IoTHubDeviceClient.createFromSymmetricKey}. */
  signingMechanism?: SigningMechanism | undefined;
  /**
   * Receives the client's log entries, which never contain keys, tokens or message bodies. Default: none; then failures that
   * no listener receives are printed, see {@link IoTHubDeviceClient.onBackgroundException}.
   */
  logger?: Logger | undefined;
  /**
   * Stores telemetry before it is sent, so that it survives a lost connection, or a restart: `createOutbox` from the entry `/outbox` of
   * the runtime package. Default: none; a message that the hub hasn't acknowledged is lost with the program, or after its time-out.
   */
  outbox?: Outbox | undefined;
  /**
   * The MQTT implementation: `leanEngine`, or `mqttJsEngine` from the entry `/mqttjs` of the runtime package. Both behave
   * alike. Default: `leanEngine`, which needs half of the CPU and memory and no further package.
   */
  engine?: MqttEngine | undefined;
}
