import { Hono } from "hono";
import type { Emulator } from "../api/emulator.ts";
import type { EdgeRouteSpec } from "../hub/edge-routes.ts";
import { HubError } from "../hub/hub-error.ts";
import { Fields } from "./fields.ts";

/** `/control/routes`: which outputs of modules lead to which inputs. */
export function edgeRouteRoutes(emulator: Emulator): Hono {
  const app = new Hono();
  app.get("/", (context) => context.json(emulator.routes()));
  app.post("/", async (context) => {
    const fields = await Fields.of(context.req);
    const [from, to] = [fields.optionalTexts("from"), fields.optionalTexts("to")];
    fields.end();
    return context.json(await emulator.addRoute(routeOf(from, to)), 201);
  });
  app.delete("/:id", async (context) => {
    await emulator.removeRoute(context.req.param("id"));
    return context.body(null, 204);
  });
  return app;
}

function routeOf(from: Record<string, string> = {}, to: Record<string, string> = {}): EdgeRouteSpec {
  const { deviceId, moduleId, output, ...moreFrom } = from;
  const { moduleId: target, input, ...moreTo } = to;
  const unknown = Object.keys({ ...moreFrom, ...moreTo });
  if (deviceId !== undefined && moduleId !== undefined && target !== undefined && input !== undefined) {
    const outputs = output === undefined ? {} : { output };
    if (unknown.length === 0)
      return { from: { deviceId, moduleId, ...outputs }, to: { moduleId: target, input } };
  }
  throw new HubError(
    "ArgumentInvalid",
    "The request is not valid: a route is { from: { deviceId, moduleId, output? }, to: { moduleId, input } }.",
  );
}
