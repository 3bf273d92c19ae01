import { peerText } from "../util/peer-text.ts";

/** Machine-readable reasons for refusing a token. */
export type ProblemCode =
  | "origin_not_allowed"
  | "method_not_allowed"
  | "jwt_missing"
  | "jwt_expired"
  | "jwt_invalid"
  | "rate_limited"
  | "invalid_request"
  | "device_not_allowed"
  | "keys_unavailable"
  | "broker_failed";

/** The comment of each is its meaning, and what to do. */
const answers: Record<ProblemCode, readonly [status: number, title: string]> = {
  /** The page's origin isn't in `allowedOrigins`. Add it. */
  origin_not_allowed: [403, "Origin not allowed"],
  /** The request isn't a POST. Send one. */
  method_not_allowed: [405, "Method not allowed"],
  /** The request has no user token. Send `Authorization: Bearer …`. */
  jwt_missing: [401, "No user token"],
  /** The user token has expired. Sign the user in again. */
  jwt_expired: [401, "User token has expired"],
  /** The user token's signature, issuer or audience isn't valid. The broker's log has the reason. */
  jwt_invalid: [401, "Invalid user token"],
  /** The user requested too many tokens. Wait for the seconds in `Retry-After`. */
  rate_limited: [429, "Too many requests"],
  /** The body isn't valid. Send what the detail names. */
  invalid_request: [400, "Invalid request"],
  /** The user may not use this device or module. Check `devicesOf`. */
  device_not_allowed: [403, "Device not allowed"],
  /** The issuer's signing keys couldn't be loaded. The page tries again; check `jwks` and the network. */
  keys_unavailable: [503, "Signing keys not available"],
  /** The application's callback or the broker failed. The broker's log has the reason. */
  broker_failed: [500, "Token broker failed"],
};

/** An answer other than a token. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly code: ProblemCode;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Appears only in the log. */
  readonly why: string | undefined;

  /** @param detail - the explanation for the client */
  constructor(
    code: ProblemCode,
    detail: string,
    more: { headers?: Record<string, string>; why?: string } = {},
  ) {
    super(detail);
    this.code = code;
    this.status = answers[code][0];
    this.headers = more.headers ?? {};
    this.why = more.why;
  }

  /** Returns the answer as JSON. @source RFC 9457, "Problem Details for HTTP APIs" */
  toResponse(): Response {
    const { code, status, message: detail, headers } = this;
    const body = { title: answers[code][1], status, code, detail: peerText(detail) };
    return new Response(JSON.stringify(body), {
      status,
      headers: { "content-type": "application/problem+json", "cache-control": "no-store", ...headers },
    });
  }
}
