import { Hono } from "hono";
import { ownVersion } from "../version.ts";
import { type HubStatus, metricsOf } from "./metrics.ts";

/** Paths that need no control token, so that orchestrators can ask for them. */
export const statusPaths: readonly string[] = ["/health", "/version"];

/** Routes for those who operate the emulator: `/health`, `/version` and `/metrics`. */
export function statusRoutes(status: HubStatus): Hono {
  const app = new Hono();
  app.get("/health", () => healthOf(status.isReady()));
  app.get("/version", async () => Response.json({ name: "@isohub/emulator", version: await ownVersion() }));
  app.get("/metrics", async () => {
    const text = metricsOf(status, await ownVersion());
    return new Response(text, { headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" } });
  });
  return app;
}

/** Answers whether a hub is ready. */
export function healthOf(isReady: boolean): Response {
  return Response.json({ status: isReady ? "ready" : "not ready" }, { status: isReady ? 200 : 503 });
}
