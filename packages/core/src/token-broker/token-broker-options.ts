import { ArgumentError } from "../errors.ts";
import type { Logger } from "../util/logger.ts";
import { isConfidential } from "../util/loopback.ts";
import type { JsonWebKeyFields } from "./jwt-types.ts";
import type { JwtRules, User, VerificationKey } from "./jwt-verifier.ts";
import type { RateLimit } from "./rate-limit.ts";
import type { BrokeredIdentity } from "./sas-signer.ts";

/** Device ids, or modules as `{ deviceId, moduleId }`. */
export type AllowedIdentities = readonly (string | { deviceId: string; moduleId?: string })[];

/** Options of a token broker. */
export interface TokenBrokerOptions {
  /** The `https:` URL where the issuer of the users' JWTs publishes its keys. Provide this or {@link key}. */
  jwks?: string | URL | undefined;
  /**
   * The issuer's key, instead of {@link jwks}: a public key as PEM (`BEGIN PUBLIC KEY`), JWK or `CryptoKey`, or the bytes
   * of a secret for `HS256` and similar algorithms.
   */
  key?: VerificationKey | undefined;
  /** Accepted values of the claim `iss`. */
  issuer: string | readonly string[];
  /** Accepted audiences: the claim `aud` must contain one of these. Choose one that no other service accepts. */
  audience: string | readonly string[];
  /** The accepted signature algorithms, such as `["RS256"]`. JWTs with any other algorithm are refused. */
  algorithms: readonly string[];
  /** Clock-skew tolerance for the issuer, in seconds. Default: 30. */
  clockTolerance?: number | undefined;
  /**
   * Returns the devices that a user may connect as: device ids, and `{ deviceId, moduleId }` for modules. Called with the
   * verified claims, for each request. With several issuers, check `iss` too: a `sub` is unique only within its issuer.
   */
  devicesOf(user: User): AllowedIdentities | Promise<AllowedIdentities>;
  /**
   * The connection string whose key signs the tokens: of the device or module, or of a shared access policy with only
   * `DeviceConnect`, such as `device`. One string for all, or a function of the device. It never leaves the broker.
   */
  connectionString: string | ((identity: BrokeredIdentity) => string | Promise<string>);
  /** The origins of the pages that may request tokens, such as `https://app.example.com`, including the broker's own. */
  allowedOrigins: readonly string[];
  /** Lifetime of the SAS tokens in seconds, at most a day. Default: 900, because an issued token can't be revoked. */
  sastokenTtl?: number | undefined;
  /** The rate limit per user. Default: 60 requests per minute. Counted per process. */
  rateLimit?: RateLimit | undefined;
  /** Receives an entry for each token issued or refused; never keys, JWTs or SAS tokens. Default: no logging. */
  logger?: Logger | undefined;
  /** Returns the time in milliseconds since 1970. Default: `Date.now`. */
  now?: (() => number) | undefined;
}

type Defined<T> = { readonly [TName in keyof T]-?: Exclude<T[TName], undefined> };

/** Checked options with their defaults. */
export interface CheckedBrokerOptions extends Defined<Omit<TokenBrokerOptions, "jwks" | "key" | "logger">> {
  readonly jwt: JwtRules;
  readonly logger: Logger | undefined;
}

const known: Record<keyof TokenBrokerOptions, true> = {
  jwks: true,
  key: true,
  issuer: true,
  audience: true,
  algorithms: true,
  clockTolerance: true,
  devicesOf: true,
  connectionString: true,
  allowedOrigins: true,
  sastokenTtl: true,
  rateLimit: true,
  logger: true,
  now: true,
};
const symmetric = /^HS\d+$/;
const asymmetric = /^(RS|PS|ES)(256|384|512)$|^(EdDSA|Ed25519)$/;

/** @throws {ArgumentError} `unknown_option` or `invalid_argument`, naming the option and its rule */
export function checkBrokerOptions(options: TokenBrokerOptions): CheckedBrokerOptions {
  for (const name of Object.keys(Object(options))) {
    if (Object.hasOwn(known, name)) continue;
    throw new ArgumentError(
      "unknown_option",
      `Unsupported option '${name}'; the options are ${Object.keys(known).join(", ")}`,
    );
  }
  const { devicesOf, connectionString, logger, rateLimit = { requests: 60, windowMs: 60_000 } } = options;
  if (typeof devicesOf !== "function") throw invalid("devicesOf", "a function of the user");
  if (typeof connectionString !== "string" && typeof connectionString !== "function") {
    throw invalid("connectionString", "a string or a function of the device");
  }
  const issuer = strings("issuer", options.issuer);
  const audience = strings("audience", options.audience);
  const algorithms = strings("algorithms", options.algorithms);
  return {
    issuer,
    audience,
    algorithms,
    devicesOf,
    connectionString,
    logger,
    allowedOrigins: origins(options.allowedOrigins),
    clockTolerance: range("clockTolerance", options.clockTolerance ?? 30, 0, 600),
    sastokenTtl: range("sastokenTtl", options.sastokenTtl ?? 900, 1, 86_400),
    rateLimit: {
      requests: range("rateLimit.requests", rateLimit.requests, 1, 1_000_000),
      windowMs: range("rateLimit.windowMs", rateLimit.windowMs, 1, 86_400_000),
    },
    now: options.now ?? Date.now,
    jwt: {
      keys: keysOf(options, algorithms),
      issuer,
      audience,
      algorithms,
      clockTolerance: options.clockTolerance ?? 30,
    },
  };
}

function keysOf({ jwks, key }: TokenBrokerOptions, algorithms: readonly string[]): JwtRules["keys"] {
  if ((jwks === undefined) === (key === undefined)) {
    throw new ArgumentError("invalid_argument", "Provide exactly one of jwks and key");
  }
  // With a secret, any other kind of signature is a mistake. With a public key, a shared secret is one: the key is public,
  // so anyone could sign with it.
  const secret = key instanceof Uint8Array || (key as JsonWebKeyFields | undefined)?.kty === "oct";
  const fitting = secret ? symmetric : asymmetric;
  const unsuitable = algorithms.find((name) => !fitting.test(name));
  if (unsuitable !== undefined) {
    const rule = secret
      ? "HS256, HS384 or HS512 for a secret"
      : "those of public keys, such as RS256 or ES256";
    throw new ArgumentError("invalid_argument", `algorithms must contain ${rule}, got '${unsuitable}'`);
  }
  if (jwks !== undefined) return { jwks: jwksUrl(jwks) };
  if (key instanceof Uint8Array) {
    if (key.length >= 32) return { key };
    throw invalid("key", "a secret of 32 bytes or more");
  }
  if (typeof key === "string" && !key.includes("-----BEGIN PUBLIC KEY-----")) {
    // Not shown: it may be a private key.
    throw invalid("key", "a PEM text that has 'BEGIN PUBLIC KEY'; a secret is given as bytes");
  }
  if (key instanceof CryptoKey || typeof key === "string") return { key };
  if (typeof key === "object" && key !== null && typeof key.kty === "string" && key.d === undefined) {
    return { key };
  }
  throw invalid("key", "a public key as PEM, JWK or CryptoKey, or the bytes of a secret");
}

function jwksUrl(jwks: string | URL): URL {
  let url: URL;
  try {
    url = new URL(jwks);
  } catch {
    throw invalid("jwks", "a URL");
  }
  if (isConfidential(url)) return url;
  throw invalid("jwks", "an https: URL; only a server on this machine may be http:");
}

function origins(value: unknown): string[] {
  if (!Array.isArray(value)) throw invalid("allowedOrigins", "a list of origins, empty for no page at all");
  return value.map((origin: unknown) => {
    if (typeof origin === "string" && isOrigin(origin)) return origin;
    throw new ArgumentError(
      "invalid_argument",
      `allowedOrigins must contain origins such as https://app.example.com, without '*' or a path, got '${String(origin)}'`,
    );
  });
}

/** URLs may have host names such as `*.example.com`, which only look like a pattern. */
function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { origin, hostname } = new URL(text);
  return origin === text && /^(?:[\w-]+\.)*[\w-]+\.?$|^\[[\da-f:.]+\]$/.test(hostname);
}

function strings(name: string, value: unknown): string[] {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  if (list.length > 0 && list.every((text) => typeof text === "string" && text !== ""))
    return list as string[];
  throw invalid(name, "a non-empty string or a list of them");
}

function range(name: string, value: unknown, from: number, to: number): number {
  if (typeof value === "number" && value >= from && value <= to) return value;
  throw new ArgumentError(
    "invalid_argument",
    `${name} must be a number from ${from} to ${to}, got ${String(value)}`,
  );
}

function invalid(name: string, rule: string): ArgumentError {
  return new ArgumentError("invalid_argument", `${name} must be ${rule}`);
}
