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

/** Answers a request, whatever it is, and never throws. */
export type TokenBroker = (request: Request) => Promise<Response>;

/**
 * Makes a token broker: it verifies who a user is, asks {@link TokenBrokerOptions.devicesOf} which devices that user may be,
 * and answers with a SAS token for one of them, so that no key of a device ever gets into a page. It is a Fetch handler
 * for any server and any path: `Deno.serve(broker)`, `serve({ fetch: broker })` of `@hono/node-server`.
 *
 * A request is `POST` with `authorization: Bearer {JWT}` and, where the user may be several devices, JSON with `deviceId`
 * and, for a module, `moduleId`. The answer is JSON: `token`, `expiresAt`, `deviceId`, `moduleId`. What is refused is
 * answered with problem details (RFC 9457) whose `code` says why: 401 for the JWT, 403 for a device or an origin that is
 * not allowed, 429 with `retry-after` over the rate limit, 400 for a request that is none, 503 while the issuer's keys
 * cannot be had, 500 when `devicesOf` or `connectionString` fail.
 *
 * Clients ask it with `createFromTokenProvider` of the client classes.
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
        throw new Problem("method_not_allowed", "A token is asked for with POST", {
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
    // A subject is only one within its issuer.
    const waitMs = this.#limiter.take(`${iss} ${sub}`, this.#options.now());
    if (waitMs === 0) return;
    throw new Problem("rate_limited", "This user asks for tokens too often", {
      headers: { "retry-after": String(Math.ceil(waitMs / 1000)) },
    });
  }

  async #choose(user: User, wanted: Partial<BrokeredIdentity>): Promise<BrokeredIdentity> {
    const allowed = await this.#allowed(user);
    if (wanted.deviceId === undefined && allowed.length > 1) {
      throw new Problem("invalid_request", "This user may be several devices: say which with 'deviceId'");
    }
    const { deviceId, moduleId } = wanted.deviceId === undefined ? (allowed[0] ?? wanted) : wanted;
    const chosen = allowed.find((each) => each.deviceId === deviceId && each.moduleId === moduleId);
    if (chosen !== undefined) return chosen;
    // Whether there is such a device at all is not said.
    throw new Problem("device_not_allowed", "This user may not be that device", {
      why: [deviceId ?? "no device", moduleId].filter((id) => id !== undefined).join("/"),
    });
  }

  async #allowed(user: User): Promise<BrokeredIdentity[]> {
    try {
      const allowed: unknown = await this.#options.devicesOf(user);
      if (!Array.isArray(allowed)) throw new TypeError("it must return a list");
      return allowed.map(readIdentity);
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
    this.#log(status >= 500 ? "error" : "warn", "No token was given out", detail);
    return problem;
  }

  #log(level: LogLevel, message: string, detail: Record<string, unknown>): void {
    try {
      this.#options.logger?.log(level, message, detail);
    } catch {
      // A logger that fails is not the user's trouble.
    }
  }
}

/** A text is a device id as a whole: were `device/module` a module, a user name with a slash in it could become one. */
function readIdentity(entry: unknown): BrokeredIdentity {
  const { deviceId, moduleId } = Object(typeof entry === "string" ? { deviceId: entry } : entry);
  return {
    deviceId: checkId("device id", deviceId),
    moduleId: moduleId === undefined ? undefined : checkId("module id", moduleId),
  };
}

/** What may be a key or a token in the message of somebody else's error: nothing of it gets into the log. */
const secret = /[A-Za-z0-9+/_=%-]{24,}/g;

function failed(what: string, error: unknown): Problem {
  const { name, message } = asError(error);
  return new Problem("broker_failed", "The token broker could not do its work; its log says why", {
    why: `${what} failed: ${name}: ${message.replace(secret, "…")}`,
  });
}
