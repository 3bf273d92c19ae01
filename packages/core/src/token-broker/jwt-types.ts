// Spelled out here: the declarations of `jose` are ES modules, which the declarations of a CommonJS build can't import.

/** A key as JSON (RFC 7517). */
export interface JsonWebKeyFields {
  readonly kty?: string;
  readonly alg?: string;
  readonly use?: string;
  readonly key_ops?: string[];
  readonly kid?: string;
  readonly crv?: string;
  readonly x?: string;
  readonly y?: string;
  readonly n?: string;
  readonly e?: string;
  readonly d?: string;
  readonly k?: string;
}

/** The claims of a verified JWT (RFC 7519). */
export interface JwtClaims {
  readonly iss?: string;
  readonly sub?: string;
  readonly aud?: string | string[];
  readonly jti?: string;
  readonly nbf?: number;
  readonly exp?: number;
  readonly iat?: number;
  readonly [claim: string]: unknown;
}
