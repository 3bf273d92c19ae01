import { decodePercent } from "@isohub/core/internal";
import { Hono } from "hono";
import type { Emulator } from "../api/emulator.ts";

const blobs = "/control/blobs/";

/** `/control/uploads` and `/control/blobs`: what devices have uploaded, and what it was. */
export function fileRoutes(emulator: Emulator): Hono {
  const app = new Hono();
  app.get("/uploads", (context) => context.json(emulator.uploads(context.req.query("deviceId"))));
  app.get("/blobs/*", async (context) => {
    // As it was sent: ids may hold percent signs of their own.
    const name = new URL(context.req.url).pathname.slice(blobs.length);
    const bytes = await emulator.readBlob(name.split("/").map(decodePercent).join("/"));
    return context.body(bytes as Uint8Array<ArrayBuffer>, 200, {
      "content-type": "application/octet-stream",
    });
  });
  return app;
}
