import { Problem } from "./problem.ts";

/** Which pages may ask, and read the answers. @source Fetch standard, "HTTP CORS protocol" */
export class Cors {
  readonly #allowed: ReadonlySet<string>;

  constructor(allowedOrigins: readonly string[]) {
    this.#allowed = new Set(allowedOrigins);
  }

  /**
   * Browsers send an origin with every POST, that of their own server too; programs send none.
   *
   * @throws {Problem} `origin_not_allowed`
   */
  check(request: Request): void {
    const origin = request.headers.get("origin");
    if (origin === null || this.#allowed.has(origin)) return;
    throw new Problem("origin_not_allowed", "Pages of this origin may not ask for tokens", { why: origin });
  }

  /** The answer to what a browser asks before it lets a page send its request. */
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

  /** Lets the page that asked read the answer. */
  open(request: Request, response: Response): Response {
    const origin = request.headers.get("origin");
    response.headers.append("vary", "origin");
    if (origin === null || !this.#allowed.has(origin)) return response;
    response.headers.set("access-control-allow-origin", origin);
    response.headers.set("access-control-expose-headers", "retry-after, www-authenticate");
    return response;
  }
}
