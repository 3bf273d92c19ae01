import { asError } from "../errors.ts";
import { checkId } from "../setup/device-id.ts";
import type { LogLevel } from "../util/logger.ts";
import { Cors } from "./cors.ts";
import { JwtVerifier, type User } from "./jwt-verifier.ts";
import { Problem } from "./problem.ts";
import { RateLimiter } from "./rate-limit.ts";
import { readRequestBody } from "./request-body.ts";
import { type BrokeredIdentity, type SignedToken, signFor } from "./sas-signer.ts";
import {
  type CheckedBrokerOptions,
  checkBrokerOptions,
  type TokenBrokerOptions,
} from "./token-broker-options.ts";

/** Answers any request and never throws. */
export type TokenBroker = (request: Request) => Promise<Response>;

/**
 * Creates a token broker: it verifies the user, calls {@link TokenBrokerOptions.devicesOf} for the devices that the user
 * may connect as, and answers with a SAS token for one of them, so that pages never contain a device key. It is a Fetch
 * handler for any server and path: `Deno.serve(broker)`, or `serve({ fetch: broker })` from `@hono/node-server`.
 *
 * A request is a `POST` with `authorization: Bearer {JWT}` and, for users with several devices, JSON with `deviceId` and,
 * for a module, `moduleId`. The answer is JSON: `token`, `expiresAt`, `deviceId`, `moduleId`. Refusals are problem details
 * (RFC 9457) with a `code`: 401 for the JWT, 403 for a device or origin that isn't allowed, 429 with `retry-after` above
 * the rate limit, 400 for an invalid request, 503 while the issuer's keys aren't available, 500 if `devicesOf` or
 * `connectionString` fail.
 *
 * Clients use it with `createFromTokenProvider`.
 *
 * @throws {ArgumentError} `unknown_option` or `invalid_argument`
 */
export function createTokenBroker(options: TokenBrokerOptions): TokenBroker {
  const broker = new Broker(checkBrokerOptions(options));
  return (request) => broker.answer(request);
}

class Broker {
  readonly #options: CheckedBrokerOptions;
  readonly #cors: Cors;
  readonly #verifier: JwtVerifier;
  readonly #limiter: RateLimiter;

  constructor(options: CheckedBrokerOptions) {
    this.#options = options;
    this.#cors = new Cors(options.allowedOrigins);
    this.#verifier = new JwtVerifier(options.jwt);
    this.#limiter = new RateLimiter(options.rateLimit);
  }

  async answer(request: Request): Promise<Response> {
    let user: User | undefined;
    try {
      this.#cors.check(request);
      if (request.method === "OPTIONS") return this.#cors.open(request, this.#cors.preflight());
      if (request.method !== "POST") {
        throw new Problem("method_not_allowed", "Request tokens with POST", {
          headers: { allow: "POST, OPTIONS" },
        });
      }
      user = await this.#verifier.verify(request, this.#options.now());
      this.#count(user);
      const identity = await this.#choose(user, await readRequestBody(request));
      const { token, expiry } = await this.#sign(identity);
      const expiresAt = new Date(expiry * 1000).toISOString();
      this.#log("info", "A token was given out", { subject: user.sub, ...identity, expiresAt });
      return this.#cors.open(
        request,
        Response.json({ token, expiresAt, ...identity }, { headers: { "cache-control": "no-store" } }),
      );
    } catch (error) {
      return this.#cors.open(request, this.#refuse(error, user).toResponse());
    }
  }

  #count({ iss, sub }: User): void {
    // A subject is unique only within its issuer.
    const waitMs = this.#limiter.take(JSON.stringify([iss, sub]), this.#options.now());
    if (waitMs === 0) return;
    throw new Problem("rate_limited", "This user requests tokens too often", {
      headers: { "retry-after": String(Math.ceil(waitMs / 1000)) },
    });
  }

  async #choose(user: User, wanted: Partial<BrokeredIdentity>): Promise<BrokeredIdentity> {
    const allowed = await this.#allowed(user);
    if (wanted.deviceId === undefined && allowed.length > 1) {
      throw new Problem("invalid_request", "This user has several devices: name one with 'deviceId'");
    }
    const { deviceId, moduleId } = wanted.deviceId === undefined ? (allowed[0] ?? wanted) : wanted;
    const chosen = allowed.find((each) => each.deviceId === deviceId && each.moduleId === moduleId);
    if (chosen !== undefined) return chosen;
    // The answer doesn't reveal whether the device exists.
    throw new Problem("device_not_allowed", "This user isn't allowed to connect as that device", {
      why: [deviceId ?? "no device", moduleId].filter((id) => id !== undefined).join("/"),
    });
  }

  async #allowed(user: User): Promise<BrokeredIdentity[]> {
    const entries = await this.#entries(user);
    const allowed: BrokeredIdentity[] = [];
    let problem: string | undefined;
    for (const entry of entries) {
      try {
        allowed.push(readIdentity(entry));
      } catch (error) {
        // Such as the subject 'auth0|123': no device has that id, so nothing is wrong with the broker.
        problem ??= asError(error).message;
      }
    }
    if (allowed.length > 0 || problem === undefined) return allowed;
    throw new Problem("device_not_allowed", `This user has no device. ${problem}`, {
      why: problem.replace(secret, "…"),
    });
  }

  async #entries(user: User): Promise<IdentityEntry[]> {
    try {
      const entries: unknown = await this.#options.devicesOf(user);
      if (!Array.isArray(entries)) throw new TypeError("it must return a list");
      return entries.map(readEntry);
    } catch (error) {
      throw failed("devicesOf", error);
    }
  }

  async #sign(identity: BrokeredIdentity): Promise<SignedToken> {
    const { connectionString, sastokenTtl, now } = this.#options;
    const expiry = Math.floor(now() / 1000 + sastokenTtl);
    try {
      const text = typeof connectionString === "string" ? connectionString : await connectionString(identity);
      return await signFor(identity, text, expiry);
    } catch (error) {
      throw failed("connectionString", error);
    }
  }

  #refuse(error: unknown, user: User | undefined): Problem {
    const problem = error instanceof Problem ? error : failed("The broker", error);
    const { code, status, why } = problem;
    const detail = { code, status, ...(user === undefined ? {} : { subject: user.sub }), why };
    this.#log(status >= 500 ? "error" : "warn", "No token was issued", detail);
    return problem;
  }

  #log(level: LogLevel, message: string, detail: Record<string, unknown>): void {
    try {
      this.#options.logger?.log(level, message, detail);
    } catch {
      // A failing logger must not affect the user.
    }
  }
}

/** An element of the list that `devicesOf` returns. */
interface IdentityEntry {
  readonly deviceId: string;
  readonly moduleId: string | undefined;
}

/** A string is always a device id: if `device/module` meant a module, a user name with a slash could become one. */
function readEntry(entry: unknown): IdentityEntry {
  const { deviceId, moduleId } = Object(typeof entry === "string" ? { deviceId: entry } : entry);
  if (typeof deviceId === "string" && (moduleId === undefined || typeof moduleId === "string"))
    return { deviceId, moduleId };
  throw new TypeError("it must return strings, or objects with the strings deviceId and moduleId");
}

function readIdentity({ deviceId, moduleId }: IdentityEntry): BrokeredIdentity {
  return {
    deviceId: checkId("device id", deviceId),
    moduleId: moduleId === undefined ? undefined : checkId("module id", moduleId),
  };
}

/** Anything that may be a key or token in another component's error message, which must not reach the log. */
const secret = /[A-Za-z0-9+/_=%-]{24,}/g;

function failed(subject: string, error: unknown): Problem {
  const { name, message } = asError(error);
  return new Problem("broker_failed", "The token broker failed; its log has the reason", {
    why: `${subject} failed: ${name}: ${message.replace(secret, "…")}`,
  });
}
