import { Hono } from "hono";
import type { Emulator } from "../api/emulator.ts";
import { Fields } from "./fields.ts";

/** `/control/ca-certificates`: the authorities that are trusted to sign certificates of devices. */
export function caRoutes(emulator: Emulator): Hono {
  const app = new Hono();
  app.get("/", (context) => context.json(emulator.caCertificates()));
  app.post("/", async (context) => {
    const fields = await Fields.of(context.req);
    const certificate = fields.text("certificate");
    fields.end();
    return context.json(await emulator.addCaCertificate(certificate), 201);
  });
  app.delete("/:thumbprint", async (context) => {
    await emulator.removeCaCertificate(context.req.param("thumbprint"));
    return context.body(null, 204);
  });
  return app;
}
