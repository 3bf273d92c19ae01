import { exponentialBackoff, fixedInterval } from "../connection/retry-policy.ts";
import { ArgumentError, mustBe, UnsupportedFeatureError } from "../errors.ts";
import type { Feature, Runtime } from "../runtime/runtime.ts";
import { checkTimeout } from "../util/deadline.ts";
import type { ClientOptions, ResolvedOptions } from "./client-options.ts";

/** Reads one option. @throws {ArgumentError} `invalid_argument` */
type Check = (name: string, value: unknown) => unknown;

/** What has to be so, unless it is left out. */
function check(must: string, is: (value: unknown) => boolean, otherwise?: unknown): Check {
  return (name, value = otherwise) => {
    if (value === undefined || is(value)) return value;
    throw mustBe(name, value, must);
  };
}

const flag = (otherwise?: boolean): Check =>
  check("true or false", (value) => typeof value === "boolean", otherwise);

const text = (must: string, pattern: RegExp, otherwise?: string): Check =>
  check(must, (value) => typeof value === "string" && pattern.test(value), otherwise);

const range = (otherwise: number, least: number, most: number): Check => {
  const isWithin = (value: unknown): boolean => typeof value === "number" && value >= least && value <= most;
  const read = check(`a number from ${least} to ${most}`, isWithin, otherwise);
  return (name, value) => Math.floor(Number(read(name, value)));
};

const milliseconds =
  (otherwise: number): Check =>
  (name, value = otherwise) =>
    checkTimeout(name, value);

/** An object with a method of this name. */
const having = (method: string, example = ""): Check =>
  check(
    `an object with a method '${method}'${example}`,
    (value) => typeof Reflect.get(Object(value), method) === "function",
  );

const longestInterval = 2_147_483;

/** How each option is read by itself; those that a runtime may lack are its own to read. */
const checks: Readonly<Record<keyof ClientOptions, Check | Feature>> = {
  websockets: flag(),
  serverVerificationCert: "customTrust",
  cipher: "cipher",
  productInfo: text("a text", /^/, ""),
  modelId: text("a model id that starts with 'dtmi:'", /^dtmi:/),
  sastokenTtl: range(3600, 1, 315_360_000),
  keepAlive: range(60, 1, 1740),
  autoConnect: flag(true),
  connectionRetry: flag(true),
  connectionRetryInterval: check(
    `a number of seconds greater than 0 and at most ${longestInterval}`,
    (value) => typeof value === "number" && value > 0 && value <= longestInterval,
  ),
  retryPolicy: check("a function", (value) => typeof value === "function"),
  ensureDesiredProperties: flag(true),
  gatewayHostname: text("a text that is not empty", /./),
  operationTimeoutMs: milliseconds(60_000),
  connectTimeoutMs: milliseconds(60_000),
  pingTimeoutMs: milliseconds(10_000),
  receiveQueueLimit: range(1000, 1, 1_000_000),
  proxyOptions: "proxy",
  signingMechanism: having("sign"),
  logger: having("log"),
  engine: having("start", ", such as leanEngine of the runtime package"),
};

const backoff = /* @__PURE__ */ exponentialBackoff();

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
    // Its type alone: a key or a connection string gets here easily.
    const is = options === null ? "null" : typeof options;
    throw new ArgumentError("invalid_argument", `The options are ${is}, they must be an object`);
  }
  const unsupported = (name: string, why: string): ArgumentError =>
    new ArgumentError("unknown_option", `Unsupported option '${name}'${why}`);
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(checks, name))
      throw unsupported(name, `; the options are ${Object.keys(checks).join(", ")}`);
    if (value === undefined) continue;
    const key = name as keyof ClientOptions;
    if (refused[key] !== undefined) throw unsupported(name, `: ${refused[key]}`);
    const needs = checks[key];
    if (typeof needs === "string") requireFeature(runtime, needs, `The option '${name}'`);
  }
  const given = options as Readonly<Record<string, unknown>>;
  const read: Record<string, unknown> = {};
  for (const [name, check] of Object.entries(checks)) {
    read[name] = typeof check === "string" ? undefined : check(name, given[name]);
  }
  return combine({ ...read, ...runtime.readTransit?.(given) } as unknown as Checked, runtime);
}

/** Options of which each is right by itself. */
type Checked = Omit<ResolvedOptions, "websockets" | "retryPolicy" | "ownRetryPolicy"> &
  Pick<ClientOptions, "websockets" | "retryPolicy" | "connectionRetryInterval">;

function combine(checked: Checked, runtime: Runtime): ResolvedOptions {
  const { websockets = !runtime.features.has("tcp"), productInfo, modelId } = checked;
  const { connectionRetryInterval: interval, retryPolicy: policy } = checked;
  if (!websockets) requireFeature(runtime, "tcp", "MQTT over TLS ('websockets: false')");
  const isModel = productInfo.startsWith("dtmi");
  if (isModel && (modelId ?? productInfo) !== productInfo)
    throw mustBe("productInfo", productInfo, "no second model id beside modelId");
  if (policy !== undefined && interval !== undefined) {
    throw new ArgumentError("invalid_argument", "retryPolicy and connectionRetryInterval exclude each other");
  }
  return {
    ...checked,
    websockets,
    productInfo: isModel ? "" : productInfo,
    modelId: isModel ? productInfo : modelId,
    retryPolicy: policy ?? (interval === undefined ? backoff : fixedInterval(interval * 1000)),
    ownRetryPolicy: policy !== undefined,
  };
}

/** @throws {UnsupportedFeatureError} naming what was asked for, the runtime and the way out */
export function requireFeature(runtime: Runtime, feature: Feature, what: string): void {
  if (runtime.features.has(feature)) return;
  throw new UnsupportedFeatureError(`${what} is not possible on ${runtime.name}`, {
    remediation: wayOut[feature],
  });
}
