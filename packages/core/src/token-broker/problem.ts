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

const answers: Record<ProblemCode, readonly [status: number, title: string]> = {
  origin_not_allowed: [403, "Origin not allowed"],
  method_not_allowed: [405, "Method not allowed"],
  jwt_missing: [401, "No user token"],
  jwt_expired: [401, "User token has expired"],
  jwt_invalid: [401, "Invalid user token"],
  rate_limited: [429, "Too many requests"],
  invalid_request: [400, "Invalid request"],
  device_not_allowed: [403, "Device not allowed"],
  keys_unavailable: [503, "Signing keys not available"],
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
