import {
  createRemoteJWKSet,
  errors,
  importSPKI,
  type JWK,
  type JWTPayload,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  jwtVerify,
} from "jose";
import { asError } from "../errors.ts";
import { Problem } from "./problem.ts";

/** A key that signatures are checked with. */
export type VerificationKey = CryptoKey | JWK | Uint8Array | string;

/** What a user's JWT must be like. */
export interface JwtRules {
  /** Where the issuer publishes its keys, or the key itself. */
  readonly keys: { readonly jwks: URL } | { readonly key: VerificationKey };
  readonly issuer: string[];
  readonly audience: string[];
  readonly algorithms: string[];
  /** In seconds. */
  readonly clockTolerance: number;
}

/** The claims of a user whose JWT is good. */
export type User = JWTPayload & { readonly sub: string };

/** How long the issuer's keys may take, in milliseconds. */
const jwksTimeoutMs = 5000;

/** Verifies JWTs of users with `jose`. */
export class JwtVerifier {
  readonly #rules: JWTVerifyOptions;
  readonly #key: JWTVerifyGetKey;

  constructor({ keys, issuer, audience, algorithms, clockTolerance }: JwtRules) {
    this.#rules = { issuer, audience, algorithms, clockTolerance, requiredClaims: ["sub", "exp"] };
    this.#key =
      "jwks" in keys ? createRemoteJWKSet(keys.jwks, { timeoutDuration: jwksTimeoutMs }) : fixedKey(keys.key);
  }

  /**
   * The user that the request is from.
   *
   * @throws {Problem} `jwt_missing`, `jwt_expired`, `jwt_invalid` or `keys_unavailable`
   */
  async verify(request: Request, nowMs: number): Promise<User> {
    const jwt = /^Bearer +(\S+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
    if (jwt === undefined) {
      throw new Problem("jwt_missing", "The request needs the header 'authorization: Bearer …'", {
        headers: { "www-authenticate": "Bearer" },
      });
    }
    let payload: JWTPayload;
    try {
      ({ payload } = await jwtVerify(jwt, this.#key, { ...this.#rules, currentDate: new Date(nowMs) }));
    } catch (error) {
      throw problemOf(error);
    }
    const { sub } = payload;
    if (typeof sub !== "string" || sub === "") throw invalid("Its claim 'sub' does not say who the user is");
    return { ...payload, sub };
  }
}

/** Always the same key. The algorithm is one of those allowed when this is asked. */
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
    return invalid(`Its claim '${error.claim}' is not what this broker takes`);
  }
  const why = asError(error).message;
  if (
    error instanceof errors.JOSEError &&
    !(error instanceof errors.JWKSTimeout) &&
    !(error instanceof errors.JWKSInvalid) &&
    // The class of what else goes wrong when keys are fetched, and of nothing else.
    error.constructor !== errors.JOSEError
  ) {
    return invalid("It is not signed by the expected issuer, or malformed", why);
  }
  return new Problem("keys_unavailable", "The keys that JWTs are verified with cannot be had now", {
    headers: { "retry-after": "5" },
    why,
  });
}

function invalid(rule: string, why?: string): Problem {
  return unauthorized("jwt_invalid", `The JWT is not accepted. ${rule}`, why);
}

/** @source RFC 6750, section 3 */
function unauthorized(code: "jwt_expired" | "jwt_invalid", detail: string, why?: string): Problem {
  return new Problem(code, detail, {
    headers: { "www-authenticate": 'Bearer error="invalid_token"' },
    ...(why === undefined ? {} : { why }),
  });
}
