import { type Context, Hono } from "hono";
import type { Emulator } from "../api/emulator.ts";
import { defined, Fields } from "./fields.ts";

/** What is done to a device and to a module alike; `keyOf` tells which one, as `device` or `device/module`. */
export function identityRoutes(emulator: Emulator, keyOf: (context: Context) => string): Hono {
  const app = new Hono();
  app.post("/kick", async (context) => {
    const key = keyOf(context);
    emulator.connectionString(key);
    return context.json({ kicked: emulator.kick(key) });
  });
  app.get("/twin", async (context) => context.json(await emulator.getTwin(keyOf(context))));
  app.patch("/twin", async (context) => {
    const key = keyOf(context);
    const fields = await Fields.of(context.req);
    const tags = fields.optionalObject("tags");
    const desired = fields.optionalObject("desired");
    fields.end();
    if (tags !== undefined) await emulator.patchTags(key, tags);
    if (desired !== undefined) await emulator.patchDesired(key, desired);
    return context.json(await emulator.getTwin(key));
  });
  app.post("/methods", async (context) => {
    const fields = await Fields.of(context.req);
    const methodName = fields.text("methodName");
    const payload = fields.any("payload");
    const timeouts = defined({
      responseTimeoutInSeconds: fields.optionalInteger("responseTimeoutInSeconds", 5, 300),
      connectTimeoutInSeconds: fields.optionalInteger("connectTimeoutInSeconds", 0, 300),
    });
    fields.end();
    return context.json(await emulator.invokeMethod(keyOf(context), methodName, payload, timeouts));
  });
  return app;
}
