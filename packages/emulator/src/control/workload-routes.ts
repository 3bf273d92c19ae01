import { Hono } from "hono";
import type { Emulator } from "../api/emulator.ts";
import { HubError } from "../hub/hub-error.ts";
import { defined, Fields } from "./fields.ts";

/** `/control/workloads`: workload APIs for modules that believe to be on an Edge device. */
export function workloadRoutes(emulator: Emulator): Hono {
  const app = new Hono();
  // What is a function in process is no part of the JSON.
  app.get("/", (context) => context.json(emulator.workloads()));
  app.post("/", async (context) => {
    const fields = await Fields.of(context.req);
    const [deviceId, moduleId] = [fields.text("deviceId"), fields.text("moduleId")];
    const where = defined({
      socketPath: fields.optionalText("socketPath"),
      port: fields.optionalInteger("port", 0, 65_535),
    });
    fields.end();
    return context.json(await emulator.startWorkload({ deviceId, moduleId, ...where }), 201);
  });
  app.delete("/:id", async (context) => {
    const id = context.req.param("id");
    const workload = emulator.workloads().find((one) => one.id === id);
    if (workload === undefined) throw new HubError("GenericNotFound", `There is no workload API '${id}'.`);
    await workload.close();
    return context.body(null, 204);
  });
  return app;
}
