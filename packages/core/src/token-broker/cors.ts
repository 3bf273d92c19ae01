import { Problem } from "./problem.ts";

/** Decides which pages may request tokens and read the answers. @source Fetch standard, "HTTP CORS protocol" */
export class Cors {
  readonly #allowed: ReadonlySet<string>;

  constructor(allowedOrigins: readonly string[]) {
    this.#allowed = new Set(allowedOrigins);
  }

  /**
   * Browsers send an origin with every POST, even to their own server; other programs send none.
   *
   * @throws {Problem} `origin_not_allowed`
   */
  check(request: Request): void {
    const origin = request.headers.get("origin");
    if (origin === null || this.#allowed.has(origin)) return;
    throw new Problem("origin_not_allowed", "This origin isn't allowed to request tokens", { why: origin });
  }

  /** Answers a preflight request. */
  preflight(): Response {
    return new Response(null, {
      status: 204,
      headers: {
        "access-control-allow-methods": "POST",
        "access-control-allow-headers": "authorization, content-type",
        "access-control-max-age": "600",
      },
    });
  }

  /** Allows the requesting page to read the answer. */
  open(request: Request, response: Response): Response {
    const origin = request.headers.get("origin");
    response.headers.append("vary", "origin");
    if (origin === null || !this.#allowed.has(origin)) return response;
    response.headers.set("access-control-allow-origin", origin);
    response.headers.set("access-control-expose-headers", "retry-after, www-authenticate");
    return response;
  }
}
