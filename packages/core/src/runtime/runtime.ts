import type { CryptoProvider } from "../auth/crypto.ts";
import type { ProxyOptions } from "../auth/proxy-options.ts";
import type { ClientCertificate, X509 } from "../auth/x509.ts";
import type { IsoHubError } from "../errors.ts";
import type { Clock } from "../util/clock.ts";

/**
 * The platform beneath a client: secured byte connections and time. Everything else in core uses the common web platform.
 * Each client receives its runtime when it is created; nothing is global, and nothing in core checks where it runs.
 */
export interface Runtime {
  /** `node`, `browser` or `deno`, for the user agent and messages; nothing branches on it. */
  readonly name: string;
  readonly version: string;
  /** Capabilities beyond WebSockets with the runtime's own trust. */
  readonly features: ReadonlySet<Feature>;
  /** Reads the options of `customTrust`, `cipher` and `proxy`; absent in pages, which have none of them. */
  readTransit?(options: Readonly<Record<string, unknown>>): TransitOptions;
  readonly clock: Clock;
  readonly crypto: CryptoProvider;
  /**
   * Opens a byte connection and resolves when it is ready: TLS handshake or WebSocket upgrade done.
   *
   * @throws {ConnectionFailedError} whose code names the step that failed
   */
  connect(endpoint: Endpoint, handlers: ConnectionHandlers, signal: AbortSignal): Promise<Connection>;
  /**
   * Makes one HTTP request, for file upload, module method calls and the Edge workload API.
   *
   * @returns the answer, with any status
   * @throws {ConnectionFailedError} there was no answer
   */
  fetch(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse>;
  /**
   * Reads and checks a client certificate; absent without the feature `clientCertificate`.
   *
   * @throws {ArgumentError} `invalid_certificate` — unreadable, expired, key of another certificate, or an encrypted
   * key without its pass phrase; which of them is in the message
   */
  loadCertificate?(x509: X509): ClientCertificate;
  /**
   * Locks an identity for one client among all that this runtime can see, such as those in other tabs; absent where it can
   * see none.
   *
   * @param name - the identity's name, the same for all clients that exclude each other
   * @param onInUse - called with the error instead of throwing it; the lock then waits, until the signal is aborted
   * @returns a function that releases the lock; calling it again does nothing
   * @throws {ConnectionFailedError} `identity_in_use`
   */
  lockIdentity?(
    name: string,
    signal: AbortSignal,
    onInUse?: (error: IsoHubError) => void,
  ): Promise<() => void>;
  /**
   * Prints the failure of a handler, or the error that has ended a client, if the application listens to no errors. Must not
   * end the program.
   */
  reportUnhandled?(error: Error): void;
  /** The environment of an IoT Edge module; absent on runtimes without Edge. */
  readonly edge?: EdgeEnvironment;
  /**
   * Watches for changes that neither the clock nor a connection detects; absent where the runtime has none.
   *
   * @param changed - called with each change
   * @returns a function that stops watching
   */
  watch?(changed: (change: EnvironmentChange) => void): () => void;
}

/**
 * - `awake`: the program may have been suspended, like a hidden page or a sleeping machine
 * - `online`: the network is back
 * - `offline`: the network is gone
 */
export type EnvironmentChange = "awake" | "online" | "offline";

/** The environment of a process on an IoT Edge device. */
export interface EdgeEnvironment {
  /** Returns an environment variable; `undefined` if it isn't set. */
  variable(name: string): string | undefined;
  /** Reads a file as UTF-8; rejects if it can't be read. */
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

/** The choice between the transports of a client with `websockets: "auto"`. */
export interface TransportChoice {
  /** Whether WebSockets are tried first: the transport of the latest connection. */
  websockets: boolean;
  /** Opens a connection with `open`, over one transport or the other. */
  connect(
    endpoint: Endpoint,
    handlers: ConnectionHandlers,
    signal: AbortSignal,
    open: Runtime["connect"],
  ): Promise<Connection>;
}

/** Options for the path to a hub. */
export interface TransitOptions {
  /** The memory of `websockets: "auto"`, which starts with each client. */
  readonly autoTransport?: TransportChoice | undefined;
  readonly serverVerificationCert: string | undefined;
  readonly cipher: string | undefined;
  readonly proxyOptions: ProxyOptions | undefined;
}

/** Trust and route settings for a peer. */
export interface Transit {
  /** Trusted certificate authorities as PEM text, instead of the runtime's own. */
  readonly serverVerificationCert: string | undefined;
  /** OpenSSL cipher list. */
  readonly cipher: string | undefined;
  readonly clientCertificate: ClientCertificate | undefined;
  readonly proxy: ProxyOptions | undefined;
}

/** The address of an MQTT connection. */
export interface Endpoint extends Transit {
  readonly transport: "tcp" | "websocket";
  /** False for a WebSocket without TLS, which is allowed only for a hub on this machine. */
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  /** Path and query of a WebSocket. */
  readonly path: string;
  /** Chooses between this endpoint, which is a WebSocket, and MQTT over TLS at the same host. */
  readonly autoTransport?: TransportChoice | undefined;
  /** The address of this machine that the connection comes from, where the runtime can choose. Default: the system's choice. */
  readonly localAddress?: string;
  /** Whether the clock of the server may be read with a request after it refused the client. */
  readonly checkClock?: boolean;
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
  /**
   * The time after which a request fails if nothing was sent or received, in milliseconds. Runtimes that don't see single bytes
   * ignore it.
   */
  readonly idleTimeoutMs?: number;
}

/** The answer to a request. */
export interface HttpResponse {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Events of a connection. Nothing is called after `onClose`. */
export interface ConnectionHandlers {
  /**
   * The next step of connecting has begun. Each has its own time limit, so a runtime reports those that it can distinguish.
   *
   * @param step - for the time-out's message: "TLS handshake"
   * @param remediation - the first thing to do if it doesn't finish
   */
  onStep?(step: string, remediation?: string): void;
  /** Bytes arrived. They are valid during the call only: the connection may reuse their memory. */
  onData(bytes: Uint8Array): void;
  /** The buffer has room again after `send` returned false. */
  onDrain(): void;
  /** The connection has ended; `cause` if it wasn't a normal end. */
  onClose(cause?: Error): void;
}

/** A secured byte connection. */
export interface Connection {
  /**
   * Sends bytes; what is sent within one tick leaves in few writes or frames. Don't change the
   * bytes afterwards.
   *
   * @returns false if the buffer is full: wait for `onDrain`
   */
  send(bytes: Uint8Array): boolean;
  /** Sends what is buffered, then ends the connection; resolves when it is closed. */
  close(): Promise<void>;
  /** Ends the connection at once. */
  abort(): void;
  /**
   * Returns what the runtime has found out about a refusal of the server; absent where that is nothing.
   *
   * @param code - of the CONNACK: 2, 4 or 5
   * @param tokenExpiry - in seconds since 1970; undefined without a token
   * @param username - of the CONNECT
   */
  explainRefusal?(
    code: number,
    tokenExpiry: number | undefined,
    username?: string,
  ): RefusalExplanation | undefined;
}

/** Parts of the error about a refusal. */
export interface RefusalExplanation {
  readonly summary: string;
  /** Default: what to check after any refusal. */
  readonly remediation?: string | undefined;
}
