import { isJsonObject } from "@isohub/core/internal";
import { Hono } from "hono";
import type { Emulator } from "../api/emulator.ts";
import type { C2dOptions } from "../hub/c2d-message.ts";
import { defined, Fields } from "./fields.ts";
import { deviceOptions } from "./identity-fields.ts";
import { identityRoutes } from "./identity-routes.ts";
import { moduleRoutes } from "./module-routes.ts";

const acks = ["none", "positive", "negative", "full"] as const;

/** `/control/devices`: the registry, and what is done to one device. */
export function deviceRoutes(emulator: Emulator): Hono {
  const app = new Hono();
  app.get("/", async (context) => context.json(await emulator.listDevices()));
  app.post("/", async (context) => {
    const fields = await Fields.of(context.req);
    const deviceId = fields.text("deviceId");
    return context.json(await emulator.createDevice(deviceId, deviceOptions(fields)), 201);
  });
  app.get("/:id", async (context) => {
    const id = context.req.param("id");
    const connectionString = emulator.connectionString(id);
    return context.json({ ...(await emulator.getDevice(id)), connectionString });
  });
  app.patch("/:id", async (context) => {
    const options = deviceOptions(await Fields.of(context.req));
    return context.json(await emulator.updateDevice(context.req.param("id"), options));
  });
  app.delete("/:id", async (context) => {
    await emulator.deleteDevice(context.req.param("id"));
    return context.body(null, 204);
  });
  app.get("/:id/c2d", (context) => context.json(emulator.c2dQueue(context.req.param("id"))));
  app.delete("/:id/c2d", async (context) => {
    return context.json({ purged: await emulator.purgeC2d(context.req.param("id")) });
  });
  app.post("/:id/c2d", async (context) => {
    const { body, options } = c2dMessage(await Fields.of(context.req));
    return context.json(await emulator.sendC2d(context.req.param("id"), body, options), 202);
  });
  app.route("/:id/modules", moduleRoutes(emulator));
  app.route(
    "/:id",
    identityRoutes(emulator, (context) => context.req.param("id") ?? ""),
  );
  return app;
}

function c2dMessage(fields: Fields): { body: string | Uint8Array | object; options: C2dOptions } {
  const json = fields.any("body");
  const body = isJsonObject(json) || Array.isArray(json) ? json : fields.bytes("body");
  const options = {
    messageId: fields.optionalText("messageId"),
    correlationId: fields.optionalText("correlationId"),
    userId: fields.optionalText("userId"),
    contentType: fields.optionalText("contentType"),
    contentEncoding: fields.optionalText("contentEncoding"),
    expiryTimeUtc: fields.optionalText("expiryTimeUtc"),
    ack: fields.optionalChoice("ack", acks),
    // Names and values are checked with the message.
    properties: fields.optionalObject("properties") as Record<string, string> | undefined,
  };
  fields.end();
  return { body, options: defined(options) };
}
