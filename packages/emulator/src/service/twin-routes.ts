import { Hono } from "hono";
import { invokeMethod } from "../http/method-call.ts";
import { hubRefusal, json } from "../http/requests.ts";
import type { Hub } from "../hub/hub.ts";
import { Fields } from "./fields.ts";
import {
  conditionOf,
  identityIn,
  permit,
  readJson,
  type ServiceContext,
  type ServiceEnv,
  tagged,
} from "./service-request.ts";
import { readTwinChange } from "./twin-input.ts";

/**
 * Routes of twins and direct methods: `/twins/{id}` and `/twins/{id}/methods`, also for modules. Their errors have the
 * newer form of the hub, with a number.
 *
 * @source IoT Hub service REST, Devices and Modules: Twin, Invoke Method
 */
export function twinRoutes(hub: Hub): Hono<ServiceEnv> {
  const app = new Hono<ServiceEnv>({ strict: false });
  app.use((context, next) => {
    context.set("refusal", hubRefusal);
    return next();
  });
  const connect = permit(hub, "ServiceConnect");
  const change =
    (how: "patch" | "replace") =>
    async (context: ServiceContext): Promise<Response> => {
      const identity = identityIn(context);
      const twinChange = readTwinChange(new Fields(await readJson(context), ""));
      hub.registry.require(identity);
      hub.twins.change(identity, twinChange, { how, condition: conditionOf(context) });
      return tagged(hub.views.twin(identity));
    };
  const get = (context: ServiceContext): Response => tagged(hub.views.twin(identityIn(context)));
  for (const path of ["/:id", "/:id/modules/:module"] as const) {
    app.get(path, connect, get);
    app.patch(path, connect, change("patch"));
    // Java's client can't send PATCH.
    app.post(path, connect, (context, next) =>
      context.req.header("x-http-method-override")?.toUpperCase() === "PATCH"
        ? change("patch")(context)
        : next(),
    );
    app.put(path, connect, change("replace"));
    app.post(`${path}/methods`, connect, async (context) => {
      return json(200, await invokeMethod(hub, identityIn(context), await readJson(context)));
    });
  }
  return app;
}
