import { exponentialBackoff, fixedInterval, type RetryPolicy } from "../connection/retry-policy.ts";
import { ArgumentError, mustBe, UnsupportedFeatureError } from "../errors.ts";
import type { Feature, Runtime, TransitOptions } from "../runtime/runtime.ts";
import { checkOptions, checkTimeout } from "../util/deadline.ts";
import type { ClientOptions } from "./client-options.ts";
import { parseHost } from "./host-name.ts";

/** Options that have been checked one by one, with their defaults. */
type CheckedOptions = TransitOptions & {
  readonly [TName in Exclude<keyof ClientOptions, keyof TransitOptions>]: TName extends WithoutDefault
    ? ClientOptions[TName]
    : NonNullable<ClientOptions[TName]>;
};

/** Options that stay undefined by default. */
type WithoutDefault =
  | "websockets"
  | "modelId"
  | "connectionRetryInterval"
  | "retryPolicy"
  | "gatewayHostname"
  | "signingMechanism"
  | "logger"
  | "outbox"
  | "engine";

/** Options as a client uses them. */
export type ResolvedOptions = Omit<CheckedOptions, "websockets" | "retryPolicy"> & {
  /** `undefined`: it depends on the scheme of the host. */
  readonly websockets: boolean | "auto" | undefined;
  readonly retryPolicy: RetryPolicy;
  /** Whether the retry policy or its interval is the application's. */
  readonly ownRetryPolicy: boolean;
};

/** Reads one option. @throws {ArgumentError} `invalid_argument` */
type Check = (name: string, value: unknown) => unknown;

const check =
  (rule: string, isValid: (value: unknown) => boolean, byDefault?: unknown): Check =>
  (name, value = byDefault) => {
    if (value === undefined || isValid(value)) return value;
    throw mustBe(name, value, rule);
  };

const boolean = (byDefault?: boolean): Check =>
  check("true or false", (value) => typeof value === "boolean", byDefault);

const string = (rule: string, pattern: RegExp, byDefault?: string): Check =>
  check(rule, (value) => typeof value === "string" && pattern.test(value), byDefault);

const integer = (byDefault: number, from: number, to: number): Check => {
  const isInRange = (value: unknown): boolean => typeof value === "number" && value >= from && value <= to;
  const read = check(`a number from ${from} to ${to}`, isInRange, byDefault);
  return (name, value) => Math.floor(Number(read(name, value)));
};

const milliseconds =
  (byDefault: number): Check =>
  (name, value = byDefault) =>
    checkTimeout(name, value);

const objectWith = (method: string, example = ""): Check =>
  check(
    `an object with a method '${method}'${example}`,
    (value) => typeof Reflect.get(Object(value), method) === "function",
  );

const longestInterval = 2_147_483;

/**
 * The check and the default of each option. A new option is one row here, and its declaration in `ClientOptions`. Options that
 * need a feature are read by the runtimes that have it, with `readTransitOptions`.
 */
const options: Readonly<Record<keyof ClientOptions, Check | Feature>> = {
  websockets: check("true, false or 'auto'", (value) => typeof value === "boolean" || value === "auto"),
  serverVerificationCert: "customTrust",
  cipher: "cipher",
  productInfo: string("a string", /^/, ""),
  modelId: string("a string that starts with 'dtmi:'", /^dtmi:/),
  sastokenTtl: integer(3600, 1, 315_360_000),
  keepAlive: integer(60, 1, 1740),
  autoConnect: boolean(true),
  connectionRetry: boolean(true),
  firstConnectionRetry: boolean(),
  connectionRetryInterval: check(
    `a number of seconds greater than 0 and at most ${longestInterval}`,
    (value) => typeof value === "number" && value > 0 && value <= longestInterval,
  ),
  retryPolicy: check("a function", (value) => typeof value === "function"),
  ensureDesiredProperties: boolean(true),
  // Before a token is requested or a device registered.
  gatewayHostname: (name, value) => {
    if (value !== undefined) parseHost(name, value);
    return value;
  },
  operationTimeoutMs: milliseconds(60_000),
  connectTimeoutMs: milliseconds(60_000),
  connectStepTimeoutMs: milliseconds(10_000),
  pingTimeoutMs: milliseconds(10_000),
  acknowledgementTimeoutMs: milliseconds(30_000),
  overtakenTimeoutMs: milliseconds(10_000),
  checkClock: boolean(true),
  receiveQueueLimit: integer(1000, 1, 1_000_000),
  whenInUse: string("'fail' or 'wait'", /^(fail|wait)$/),
  proxyOptions: "proxy",
  signingMechanism: objectWith("sign"),
  logger: objectWith("log"),
  outbox: objectWith("open", ", such as createOutbox()"),
  engine: objectWith("start", ", such as leanEngine"),
};

const backoff = /* @__PURE__ */ exponentialBackoff();

/** The alternatives to a feature that a runtime lacks. */
const remediations: Record<Feature, string> = {
  tcp: "Set websockets to true",
  customTrust: "Add the certificate authority to the trust store of the system or browser",
  cipher: "Omit cipher: the runtime chooses",
  clientCertificate: "Use a SAS token",
  proxy: "Set the proxy in the system or browser",
};

/**
 * Checks options and applies the defaults, before anything is sent.
 *
 * @param refused - options that the calling factory doesn't accept, with the reason
 * @throws {ArgumentError} `unknown_option` or `invalid_argument`, with the option and its rule
 * @throws {UnsupportedFeatureError} for an option that this runtime doesn't support, with an alternative
 */
export function resolveOptions(
  given: unknown,
  runtime: Runtime,
  refused: Readonly<Partial<Record<keyof ClientOptions, string>>> = {},
): ResolvedOptions {
  checkOptions(given);
  const values = given as Readonly<Record<string, unknown>>;
  const unsupported = (name: string, reason: string): ArgumentError =>
    new ArgumentError("unknown_option", `Unsupported option '${name}'${reason}`);
  for (const [name, value] of Object.entries(values)) {
    if (!isOption(name)) throw unsupported(name, `; the options are ${Object.keys(options).join(", ")}`);
    if (value === undefined) continue;
    if (refused[name] !== undefined) throw unsupported(name, `: ${refused[name]}`);
    const read = options[name];
    if (typeof read === "string") requireFeature(runtime, read, `The option '${name}'`);
  }
  const checked: Record<string, unknown> = {};
  for (const [name, read] of Object.entries(options))
    checked[name] = typeof read === "string" ? undefined : read(name, values[name]);
  return combine({ ...checked, ...runtime.readTransit?.(values) } as unknown as CheckedOptions, runtime);
}

function isOption(name: string): name is keyof ClientOptions {
  return Object.hasOwn(options, name);
}

/** Resolves the options that depend on each other or on the runtime. */
function combine(checked: CheckedOptions, runtime: Runtime): ResolvedOptions {
  const { websockets = runtime.features.has("tcp") ? undefined : true, productInfo, modelId } = checked;
  const { connectionRetryInterval: interval, retryPolicy: policy } = checked;
  if (websockets === false) requireFeature(runtime, "tcp", "MQTT over TLS ('websockets: false')");
  const isModel = productInfo.startsWith("dtmi");
  if (isModel && (modelId ?? productInfo) !== productInfo)
    throw mustBe("productInfo", productInfo, "a product or the same model as modelId");
  if (policy !== undefined && interval !== undefined) {
    throw new ArgumentError(
      "invalid_argument",
      "Provide only one of retryPolicy and connectionRetryInterval; got both",
    );
  }
  return {
    ...checked,
    websockets,
    productInfo: isModel ? "" : productInfo,
    modelId: isModel ? productInfo : modelId,
    firstConnectionRetry: checked.firstConnectionRetry ?? checked.outbox !== undefined,
    retryPolicy: policy ?? (interval === undefined ? backoff : fixedInterval(interval * 1000)),
    ownRetryPolicy: (policy ?? interval) !== undefined,
  };
}

/** @throws {UnsupportedFeatureError} with the feature, the runtime and an alternative */
export function requireFeature(runtime: Runtime, feature: Feature, subject: string): void {
  if (runtime.features.has(feature)) return;
  throw new UnsupportedFeatureError(`${subject} isn't supported on ${runtime.name}`, {
    remediation: remediations[feature],
  });
}
