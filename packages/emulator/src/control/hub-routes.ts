import type { JsonObject } from "@isohub/core";
import { Hono } from "hono";
import type { Emulator } from "../api/emulator.ts";
import { HubError } from "../hub/hub-error.ts";
import { defined, Fields } from "./fields.ts";

/** What a client of the control API begins with. */
export function hubView(emulator: Emulator): JsonObject {
  const { hostName, endpoints, ca, serviceConnectionString, idScope, provisioningConnectionString } =
    emulator;
  return {
    hostName,
    endpoints: { ...endpoints },
    ca,
    serviceConnectionString,
    idScope,
    provisioningConnectionString,
  };
}

/** `/control/hubs`: the hubs of the emulator. Each has a control API of its own. */
export function hubRoutes(emulator: Emulator): Hono {
  const app = new Hono();
  app.get("/", (context) =>
    context.json([...emulator.hubs()].map(([name, hub]) => ({ name, ...hubView(hub) }))),
  );
  app.post("/", async (context) => {
    const fields = await Fields.of(context.req);
    const name = fields.text("name");
    const options = defined({ host: fields.optionalText("host"), hostName: fields.optionalText("hostName") });
    fields.end();
    return context.json({ name, ...hubView(await emulator.createHub(name, options)) }, 201);
  });
  app.delete("/:name", async (context) => {
    const name = context.req.param("name");
    const hub = emulator.hubs().get(name);
    if (hub === undefined) throw new HubError("GenericNotFound", `There is no hub '${name}'.`);
    if (hub === [...emulator.hubs().values()][0]) {
      throw new HubError("ArgumentInvalid", "The first hub ends with the emulator.");
    }
    await hub.close();
    return context.body(null, 204);
  });
  return app;
}
