import { ProxyOptions } from "../auth/proxy-options.ts";
import type { SigningMechanism } from "../auth/sas-token.ts";
import { exponentialBackoff, fixedInterval, type RetryPolicy } from "../connection/retry-policy.ts";
import { ArgumentError, UnsupportedFeatureError } from "../errors.ts";
import type { MqttEngine } from "../mqtt/engine.ts";
import type { Feature, Runtime } from "../runtime.ts";
import { checkTimeout } from "../util/deadline.ts";
import type { Logger } from "../util/logger.ts";

/** The options of every client; each has a default, and a name that is none of these is refused. */
export interface ClientOptions {
  /** MQTT over WebSockets (port 443) in place of MQTT over TLS (port 8883). Default false; a page has nothing else. */
  websockets?: boolean;
  /** Trusted certificate authorities as PEM text, in place of the system's. For gateways and local hubs. */
  serverVerificationCert?: string;
  /** OpenSSL cipher suites to allow, as a list or as one text with ':' between them. Default: the runtime's. */
  cipher?: string | readonly string[];
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
  /** A fixed wait between tries, in seconds. Default: exponential back-off with full jitter, 1 s up to 60 s. */
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
  proxyOptions?: ProxyOptions;
  /** Signs tokens in place of a key in memory, such as a TPM; for {@link IoTHubDeviceClient.createFromSymmetricKey}. */
  signingMechanism?: SigningMechanism;
  /** Is told what the client does; never of keys, tokens or message bodies. Default: nobody. */
  logger?: Logger;
  /**
   * The MQTT implementation: `leanEngine` or `mqttJsEngine` of the runtime package, in a page the latter of
   * `@isohub/browser/mqttjs`. Both do the same; the lean one is lighter, MQTT.js has met more networks. Default: MQTT.js on
   * Node and Deno, the lean one in pages, which would have to download the other.
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

const known: Record<keyof ClientOptions, Feature | undefined> = {
  websockets: undefined,
  serverVerificationCert: "customTrust",
  cipher: "cipher",
  productInfo: undefined,
  modelId: undefined,
  sastokenTtl: undefined,
  keepAlive: undefined,
  autoConnect: undefined,
  connectionRetry: undefined,
  connectionRetryInterval: undefined,
  retryPolicy: undefined,
  ensureDesiredProperties: undefined,
  gatewayHostname: undefined,
  operationTimeoutMs: undefined,
  connectTimeoutMs: undefined,
  pingTimeoutMs: undefined,
  receiveQueueLimit: undefined,
  proxyOptions: "proxy",
  signingMechanism: undefined,
  logger: undefined,
  engine: undefined,
};

/** What to do instead, where a runtime lacks something. */
const wayOut: Record<Feature, string> = {
  tcp: "Set websockets to true",
  customTrust: "Add the certificate authority to the trust of the system or browser",
  cipher: "Leave cipher out: the runtime chooses",
  clientCertificate: "Use a SAS token",
  proxy: "Set the proxy in the system or browser",
};

/**
 * Checks options and fills in the defaults, before any network.
 *
 * @param refused - options that the calling factory does not take, with the reason
 * @throws {ArgumentError} `unknown_option` or `invalid_argument`, naming the option and what it must be
 * @throws {UnsupportedFeatureError} for what this runtime cannot do, naming the way out
 */
export function resolveOptions(
  options: unknown,
  runtime: Runtime,
  refused: Readonly<Partial<Record<keyof ClientOptions, string>>> = {},
): ResolvedOptions {
  if (typeof options !== "object" || options === null) {
    // Not shown: a key or a connection string gets here easily.
    const is = options === null ? "null" : typeof options;
    throw new ArgumentError("invalid_argument", `The options are ${is}, they must be an object`);
  }
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(known, name)) {
      throw new ArgumentError(
        "unknown_option",
        `Unsupported option '${name}'; the options are ${Object.keys(known).join(", ")}`,
      );
    }
    const key = name as keyof ClientOptions;
    if (value === undefined) continue;
    const reason = refused[key];
    if (reason !== undefined)
      throw new ArgumentError("unknown_option", `Unsupported option '${name}': ${reason}`);
    const feature = known[key];
    if (feature !== undefined) requireFeature(runtime, feature, `The option '${name}'`);
  }
  const given = options as Readonly<Record<keyof ClientOptions, unknown>>;
  const websockets = flag("websockets", given.websockets, !runtime.features.has("tcp"));
  if (!websockets) requireFeature(runtime, "tcp", "MQTT over TLS ('websockets: false')");
  return {
    websockets,
    serverVerificationCert: pem(given.serverVerificationCert),
    cipher: cipherList(given.cipher),
    ...model(given.productInfo, given.modelId),
    sastokenTtl: range("sastokenTtl", given.sastokenTtl, 3600, 1, 315_360_000),
    keepAlive: range("keepAlive", given.keepAlive, 60, 1, 1740),
    autoConnect: flag("autoConnect", given.autoConnect, true),
    connectionRetry: flag("connectionRetry", given.connectionRetry, true),
    ...retry(given.connectionRetryInterval, given.retryPolicy),
    ensureDesiredProperties: flag("ensureDesiredProperties", given.ensureDesiredProperties, true),
    gatewayHostname: text("gatewayHostname", given.gatewayHostname),
    operationTimeoutMs: checkTimeout("operationTimeoutMs", given.operationTimeoutMs ?? 60_000),
    connectTimeoutMs: checkTimeout("connectTimeoutMs", given.connectTimeoutMs ?? 60_000),
    pingTimeoutMs: checkTimeout("pingTimeoutMs", given.pingTimeoutMs ?? 10_000),
    receiveQueueLimit: range("receiveQueueLimit", given.receiveQueueLimit, 1000, 1, 1_000_000),
    proxyOptions: proxy(given.proxyOptions),
    signingMechanism: having<SigningMechanism>("signingMechanism", given.signingMechanism, "sign"),
    logger: having<Logger>("logger", given.logger, "log"),
    engine: having<MqttEngine>(
      "engine",
      given.engine,
      "start",
      ", such as leanEngine of the runtime package",
    ),
  };
}

/** @throws {UnsupportedFeatureError} naming what was asked for, the runtime and the way out */
export function requireFeature(runtime: Runtime, feature: Feature, what: string): void {
  if (runtime.features.has(feature)) return;
  throw new UnsupportedFeatureError(`${what} is not possible on ${runtime.name}`, {
    remediation: wayOut[feature],
  });
}

function wrong(name: string, value: unknown, must: string): ArgumentError {
  const shown = typeof value === "string" ? `'${value}'` : String(value);
  return new ArgumentError("invalid_argument", `${name} is ${shown}, it must be ${must}`);
}

function flag(name: string, value: unknown, otherwise: boolean): boolean {
  if (value === undefined) return otherwise;
  if (typeof value !== "boolean") throw wrong(name, value, "true or false");
  return value;
}

function text(name: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== "string" || value === "") throw wrong(name, value, "a text that is not empty");
  return value;
}

function range(name: string, value: unknown, otherwise: number, least: number, most: number): number {
  if (value === undefined) return otherwise;
  if (typeof value !== "number" || !(value >= least && value <= most)) {
    throw wrong(name, value, `a number from ${least} to ${most}`);
  }
  return Math.floor(value);
}

function proxy(value: unknown): ProxyOptions | undefined {
  if (value === undefined || value instanceof ProxyOptions) return value;
  throw new ArgumentError("invalid_argument", `proxyOptions is ${typeof value}, it must be a ProxyOptions`);
}

/** An object with a method of this name. */
function having<T>(name: string, value: unknown, method: string, example = ""): T | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "object" && value !== null && typeof Reflect.get(value, method) === "function")
    return value as T;
  throw new ArgumentError(
    "invalid_argument",
    `${name} is ${typeof value}, it must be an object with a method '${method}'${example}`,
  );
}

function pem(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== "string" || !value.includes("-----BEGIN CERTIFICATE-----")) {
    // Not shown: what is passed here by mistake may be a private key.
    throw new ArgumentError(
      "invalid_argument",
      "serverVerificationCert has no PEM certificate in it, it must be the text of one or more, not the path of a file",
    );
  }
  return value;
}

function cipherList(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  const list: unknown =
    typeof value === "string" ? value : Array.isArray(value) ? value.join(":") : undefined;
  if (typeof list !== "string") throw wrong("cipher", value, "a text or a list of texts");
  return list.toUpperCase().replaceAll("_", "-");
}

function model(productInfo: unknown, modelId: unknown): { productInfo: string; modelId: string | undefined } {
  const info = productInfo === undefined ? "" : productInfo;
  if (typeof info !== "string") throw wrong("productInfo", info, "a text");
  const id = text("modelId", modelId);
  if (id !== undefined && !id.startsWith("dtmi:"))
    throw wrong("modelId", id, "a model id that starts with 'dtmi:'");
  if (!info.startsWith("dtmi")) return { productInfo: info, modelId: id };
  if (id !== undefined && id !== info) throw wrong("productInfo", info, "no second model id beside modelId");
  return { productInfo: "", modelId: info };
}

function retry(interval: unknown, policy: unknown): { retryPolicy: RetryPolicy; ownRetryPolicy: boolean } {
  if (policy !== undefined) {
    if (typeof policy !== "function") throw wrong("retryPolicy", policy, "a function");
    if (interval !== undefined) {
      throw new ArgumentError(
        "invalid_argument",
        "retryPolicy and connectionRetryInterval exclude each other",
      );
    }
    return { retryPolicy: policy as RetryPolicy, ownRetryPolicy: true };
  }
  if (interval === undefined) return { retryPolicy: exponentialBackoff(), ownRetryPolicy: false };
  if (typeof interval !== "number" || !(interval > 0 && interval <= 2_147_483)) {
    throw wrong(
      "connectionRetryInterval",
      interval,
      "a number of seconds greater than 0 and at most 2147483",
    );
  }
  return { retryPolicy: fixedInterval(interval * 1000), ownRetryPolicy: false };
}
