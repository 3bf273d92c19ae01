import type { CryptoProvider } from "../auth/crypto.ts";
import type { ProxyOptions } from "../auth/proxy-options.ts";
import type { ClientCertificate, X509 } from "../auth/x509.ts";
import type { Clock } from "../util/clock.ts";

/**
 * What a runtime must bring: a secured byte connection and time. Everything else in core is the common web platform.
 * A runtime is handed to each client when it is made; nothing about it is global and nothing in core asks where it runs.
 */
export interface Runtime {
  /** `node`, `browser`, `deno`: for the user agent and for messages; nothing branches on it. */
  readonly name: string;
  readonly version: string;
  /** What this runtime can do beyond WebSockets with its own trust. */
  readonly features: ReadonlySet<Feature>;
  /** Reads the options of `customTrust`, `cipher` and `proxy`; absent in pages, which have none of them. */
  readTransit?(options: Readonly<Record<string, unknown>>): TransitOptions;
  readonly clock: Clock;
  readonly crypto: CryptoProvider;
  /**
   * Opens a byte connection and resolves when it is ready: TLS handshake or WebSocket upgrade done.
   *
   * @throws {ConnectionFailedError} with the code that says which step failed
   */
  connect(endpoint: Endpoint, handlers: ConnectionHandlers, signal: AbortSignal): Promise<Connection>;
  /**
   * Makes one HTTP request, for file upload, module method calls and the Edge workload API.
   *
   * @returns the answer, whatever its status
   * @throws {ConnectionFailedError} there was none
   */
  fetch(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse>;
  /**
   * Reads and checks a client certificate; missing where there is no `clientCertificate`.
   *
   * @throws {ArgumentError} `invalid_certificate` — unreadable, expired, key of another certificate, or an encrypted
   * key without its pass phrase; which of them is in the message
   */
  loadCertificate?(x509: X509): ClientCertificate;
  /**
   * Keeps something to one client among all that this runtime can ask, such as those in other tabs; missing where it can
   * ask none.
   *
   * @param name - the same for all who exclude each other
   * @returns lets go of it, also when it is called again
   * @throws {ConnectionFailedError} `identity_in_use`
   */
  lockIdentity?(name: string, signal: AbortSignal): Promise<() => void>;
  /** What an IoT Edge module finds around it; missing where there is no Edge. */
  readonly edge?: EdgeEnvironment;
  /**
   * Tells of what neither a clock nor a connection notices by itself; missing where nothing does.
   *
   * @param changed - called with what has happened
   * @returns what ends the telling
   */
  watch?(changed: (what: EnvironmentChange) => void): () => void;
}

/**
 * - `awake`: the program may have stood still, as a page that is shown again or a machine that slept
 * - `online`: there is a network again
 * - `offline`: there is none any more
 */
export type EnvironmentChange = "awake" | "online" | "offline";

/** The environment of a process on an IoT Edge device. */
export interface EdgeEnvironment {
  /** The value of an environment variable; `undefined` where it is not set. */
  variable(name: string): string | undefined;
  /** The text of a file, as UTF-8; rejects where it cannot be read. */
  readTextFile(path: string): Promise<string>;
}

/**
 * - `tcp`: MQTT over TLS; without it a client must use `websockets: true`
 * - `customTrust`: `serverVerificationCert`
 * - `cipher`: the option `cipher`
 * - `clientCertificate`: X.509 devices
 * - `proxy`: `proxyOptions`
 */
export type Feature = "tcp" | "customTrust" | "cipher" | "clientCertificate" | "proxy";

/** The options about the way to a hub. */
export interface TransitOptions {
  readonly serverVerificationCert: string | undefined;
  readonly cipher: string | undefined;
  readonly proxyOptions: ProxyOptions | undefined;
}

/** How a peer is trusted and reached. */
export interface Transit {
  /** Trusted certificate authorities as PEM text, instead of the runtime's own. */
  readonly serverVerificationCert: string | undefined;
  /** OpenSSL cipher list. */
  readonly cipher: string | undefined;
  readonly clientCertificate: ClientCertificate | undefined;
  readonly proxy: ProxyOptions | undefined;
}

/** Where an MQTT connection goes. */
export interface Endpoint extends Transit {
  readonly transport: "tcp" | "websocket";
  /** False for a WebSocket without TLS, which only a hub on this machine may have. */
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  /** Path and query of a WebSocket. */
  readonly path: string;
}

/** One HTTP request. */
export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT";
  /** `https:` or `http:`; a `unix:` URL has the path of the socket and, behind `:`, the path of the request. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | undefined;
  readonly transit: Transit;
  /** Whether the default authorities are trusted even if there is a `serverVerificationCert`. */
  readonly publicTrust?: boolean;
}

/** The answer to a request. */
export interface HttpResponse {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** What a connection tells its owner. After `onClose` nothing more is called. */
export interface ConnectionHandlers {
  /** Bytes have come; they are the callee's from then on. */
  onData(bytes: Uint8Array): void;
  /** Room again after `send` returned false. */
  onDrain(): void;
  /** The connection is over, for whichever reason; `cause` when it was not a plain end. */
  onClose(cause?: Error): void;
}

/** A secured byte connection. */
export interface Connection {
  /**
   * Sends bytes; what is sent within one tick leaves in one write or one frame. The bytes must not be changed
   * afterwards.
   *
   * @returns false when its buffer is full: wait for `onDrain`
   */
  send(bytes: Uint8Array): boolean;
  /** Sends what is buffered, then ends the connection; resolves when it is closed. */
  close(): Promise<void>;
  /** Ends the connection at once. */
  abort(): void;
}
