import { createHash, timingSafeEqual } from "node:crypto";
import { isLoopback } from "../hub/host-names.ts";
import { HubError } from "../hub/hub-error.ts";

/** Options of {@link ControlAccess}. */
export interface ControlAccessOptions {
  /** Whether a name is one of the hub's own. */
  isOwnName(name: string): boolean;
  /** Origins of pages, such as `https://app.example`, or `*` for all. Those at loopback addresses need no entry. */
  readonly allowedOrigins: readonly string[];
  /** The token that every request must have; without one, requests need none. */
  readonly token?: string | undefined;
}

/**
 * The rules for who may use the control API. Any page that a developer opens can send requests to loopback addresses, so
 * that being bound to one protects nothing by itself.
 *
 * @source Fetch Standard, "`Origin` header"; DNS rebinding is why the name in `Host` counts
 */
export class ControlAccess {
  readonly #options: ControlAccessOptions;

  constructor(options: ControlAccessOptions) {
    this.#options = options;
  }

  /** The token that every request must have. */
  get token(): string | undefined {
    return this.#options.token;
  }

  /** Whether pages of this origin may use the hub: those of this machine, of the hub's names, and of the list. */
  allowsOrigin(origin: string): boolean {
    const { allowedOrigins, isOwnName } = this.#options;
    if (allowedOrigins.some((each) => each === "*" || each.toLowerCase() === origin.toLowerCase()))
      return true;
    if (!/^https?:/i.test(origin) || !URL.canParse(origin)) return false;
    const name = hostNameOf(new URL(origin).hostname);
    return isLoopback(name) || isOwnName(name);
  }

  /** Checks who sends a request. @throws {HubError} Forbidden for a page of another origin */
  checkOrigin({ headers }: Request): void {
    const origin = headers.get("origin");
    if (origin === null || this.allowsOrigin(origin)) return;
    throw new HubError(
      "Forbidden",
      `Pages of ${origin.slice(0, 200)} may not use the control API; allow the origin with --allow-origin.`,
    );
  }

  /**
   * Checks a request.
   *
   * @param isPublic - whether it needs no token
   * @throws {HubError} IotHubUnauthorizedAccess without the token; Forbidden for a name that isn't the hub's;
   * UnsupportedMediaType for a body that isn't JSON
   */
  check(request: Request, isPublic = false): void {
    const { token, isOwnName } = this.#options;
    if (token !== undefined) {
      if (!isPublic) this.#checkToken(request, token);
    } else {
      const host = request.headers.get("host") ?? new URL(request.url).host;
      const name = hostNameOf(host.replace(/:\d*$/, ""));
      if (!isLoopback(name) && !isOwnName(name)) {
        throw new HubError("Forbidden", `Host must be a name of the hub, got '${host.slice(0, 200)}'.`);
      }
    }
    const type = request.headers.get("content-type");
    if (hasBody(request) && !isJson(type)) {
      throw new HubError(
        "UnsupportedMediaType",
        `The content type of a body must be application/json, got '${type ?? "none"}'.`,
      );
    }
  }

  #checkToken(request: Request, token: string): void {
    const [, given = ""] = /^Bearer (.+)$/i.exec(request.headers.get("authorization") ?? "") ?? [];
    if (timingSafeEqual(digest(given), digest(token))) return;
    throw new HubError(
      "IotHubUnauthorizedAccess",
      "Unauthorized: Authorization must be `Bearer` with the control token that the emulator prints at its start.",
    );
  }
}

/** Whether a content type is JSON. Pages can't send it to another origin without asking first. */
function isJson(type: string | null): boolean {
  return /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(type ?? "");
}

function hasBody({ headers, method }: Request): boolean {
  if (method === "GET" || method === "HEAD") return false;
  const length = headers.get("content-length");
  return (
    (length !== null && length !== "0") || headers.has("transfer-encoding") || headers.has("content-type")
  );
}

function hostNameOf(host: string): string {
  return host.replace(/^\[(.*)\]$/, "$1").toLowerCase();
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
