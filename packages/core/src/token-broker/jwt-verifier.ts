import {
  createRemoteJWKSet,
  customFetch,
  errors,
  importSPKI,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  jwtVerify,
} from "jose";
import type { CryptoKey } from "../auth/crypto-key.ts";
import { asError } from "../errors.ts";
import { readResponseBody } from "../runtime/response-body.ts";
import type { JsonWebKeyFields, JwtClaims } from "./jwt-types.ts";
import { Problem } from "./problem.ts";

/** A key that verifies signatures. */
export type VerificationKey = CryptoKey | JsonWebKeyFields | Uint8Array | string;

/** The rules for a user's JWT. */
export interface JwtRules {
  /** The URL of the issuer's keys, or the key itself. */
  readonly keys: { readonly jwks: URL } | { readonly key: VerificationKey };
  readonly issuer: string[];
  readonly audience: string[];
  readonly algorithms: string[];
  /** In seconds. */
  readonly clockTolerance: number;
}

/** The claims of a verified JWT. */
export type User = JwtClaims & { readonly sub: string };

/** Time limit for fetching the issuer's keys, in milliseconds. */
const jwksTimeoutMs = 5000;

/** Verifies the users' JWTs with `jose`. */
export class JwtVerifier {
  readonly #rules: JWTVerifyOptions;
  readonly #key: JWTVerifyGetKey;

  constructor({ keys, issuer, audience, algorithms, clockTolerance }: JwtRules) {
    this.#rules = { issuer, audience, algorithms, clockTolerance, requiredClaims: ["sub", "exp"] };
    this.#key =
      "jwks" in keys
        ? createRemoteJWKSet(keys.jwks, { timeoutDuration: jwksTimeoutMs, [customFetch]: fetchKeys })
        : fixedKey(keys.key);
  }

  /**
   * Verifies the request's JWT and returns its user.
   *
   * @throws {Problem} `jwt_missing`, `jwt_expired`, `jwt_invalid` or `keys_unavailable`
   */
  async verify(request: Request, nowMs: number): Promise<User> {
    const jwt = /^Bearer +(\S+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
    if (jwt === undefined) {
      throw new Problem("jwt_missing", "The request must have the header 'authorization: Bearer …'", {
        headers: { "www-authenticate": "Bearer" },
      });
    }
    let payload: JwtClaims;
    try {
      ({ payload } = await jwtVerify(jwt, this.#key, { ...this.#rules, currentDate: new Date(nowMs) }));
    } catch (error) {
      throw problemOf(error);
    }
    const { sub } = payload;
    if (typeof sub !== "string" || sub === "")
      throw invalid("Its claim 'sub' must be a string that identifies the user");
    return { ...payload, sub };
  }
}

/** Fetches the issuer's keys, and reads no endless response. */
async function fetchKeys(url: string, init: RequestInit): Promise<Response> {
  const response = await fetch(url, init);
  const { status, headers } = response;
  if (status !== 200) return response;
  return new Response(await readResponseBody(response, url), { status, headers });
}

/** Always returns the same key. The algorithm was checked before. */
function fixedKey(key: VerificationKey): JWTVerifyGetKey {
  if (typeof key !== "string") return async () => key;
  const imported = new Map<string, Promise<CryptoKey>>();
  return async ({ alg = "" }) => {
    const known = imported.get(alg) ?? importSPKI(key, alg);
    imported.set(alg, known);
    return known;
  };
}

function problemOf(error: unknown): Problem {
  if (error instanceof errors.JWTExpired) {
    return unauthorized("jwt_expired", "The JWT has expired");
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    return invalid(`This broker doesn't accept the value of its claim '${error.claim}'`);
  }
  const why = asError(error).message;
  if (
    error instanceof errors.JOSEError &&
    !(error instanceof errors.JWKSTimeout) &&
    !(error instanceof errors.JWKSInvalid) &&
    // The class of all other errors when keys are fetched, and of no other errors.
    error.constructor !== errors.JOSEError
  ) {
    return invalid("It is malformed or wasn't signed by the expected issuer", why);
  }
  return new Problem("keys_unavailable", "The keys for verifying JWTs aren't available", {
    headers: { "retry-after": "5" },
    why,
  });
}

function invalid(rule: string, why?: string): Problem {
  return unauthorized("jwt_invalid", `The JWT isn't accepted. ${rule}`, why);
}

/** @source RFC 6750, section 3 */
function unauthorized(code: "jwt_expired" | "jwt_invalid", detail: string, why?: string): Problem {
  return new Problem(code, detail, {
    headers: { "www-authenticate": 'Bearer error="invalid_token"' },
    ...(why === undefined ? {} : { why }),
  });
}
