import { type Context, Hono } from "hono";
import type { Emulator } from "../api/emulator.ts";
import { Fields } from "./fields.ts";
import { moduleOptions } from "./identity-fields.ts";
import { identityRoutes } from "./identity-routes.ts";
import { inputMessage } from "./input-fields.ts";

/** `/control/devices/{id}/modules`: the modules of a device, and what is done to one. */
export function moduleRoutes(emulator: Emulator): Hono {
  const app = new Hono();
  app.get("/", async (context) => context.json(await emulator.listModules(idsOf(context).deviceId)));
  app.post("/", async (context) => {
    const fields = await Fields.of(context.req);
    const moduleId = fields.text("moduleId");
    const { deviceId } = idsOf(context);
    return context.json(await emulator.createModule(deviceId, moduleId, moduleOptions(fields)), 201);
  });
  app.get("/:module", async (context) => {
    const { deviceId, moduleId } = idsOf(context);
    const connectionString = emulator.connectionString(`${deviceId}/${moduleId}`);
    return context.json({ ...(await emulator.getModule(deviceId, moduleId)), connectionString });
  });
  app.patch("/:module", async (context) => {
    const options = moduleOptions(await Fields.of(context.req));
    const { deviceId, moduleId } = idsOf(context);
    return context.json(await emulator.updateModule(deviceId, moduleId, options));
  });
  app.delete("/:module", async (context) => {
    const { deviceId, moduleId } = idsOf(context);
    await emulator.deleteModule(deviceId, moduleId);
    return context.body(null, 204);
  });
  app.get("/:module/inputs", (context) => {
    const { deviceId, moduleId } = idsOf(context);
    return context.json(emulator.inputQueue(deviceId, moduleId));
  });
  app.post("/:module/inputs/:input", async (context) => {
    const { deviceId, moduleId } = idsOf(context);
    const { body, options } = inputMessage(await Fields.of(context.req));
    const input = context.req.param("input");
    return context.json(await emulator.sendToInput(deviceId, moduleId, input, body, options), 202);
  });
  const keyOf = (context: Context): string => {
    const { deviceId, moduleId } = idsOf(context);
    return `${deviceId}/${moduleId}`;
  };
  app.route("/:module", identityRoutes(emulator, keyOf));
  return app;
}

function idsOf(context: Context): { deviceId: string; moduleId: string } {
  const { id: deviceId = "", module: moduleId = "" } = context.req.param() as Record<string, string>;
  return { deviceId, moduleId };
}
