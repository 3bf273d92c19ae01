import { Hono } from "hono";
import type { Hub } from "../hub/hub.ts";
import { HubError } from "../hub/hub-error.ts";
import { parseIdentity } from "../hub/identities/identity.ts";
import { readObjectBody } from "./body.ts";
import { invokeMethod } from "./method-call.ts";
import {
  callerHeader,
  type DeviceContext,
  type DeviceEnv,
  gatewayRefusal,
  json,
  requireIdentity,
  segmentsOf,
} from "./requests.ts";

/**
 * Routes `/twins/{id}/methods` and `/twins/{id}/modules/{id}/methods` for modules, which call through their gateway and name
 * themselves in a header. Services use the same paths with a token of a policy.
 */
export function methodRoutes(hub: Hub): Hono<DeviceEnv> {
  const app = new Hono<DeviceEnv>();
  const invoke = async (context: DeviceContext): Promise<Response> => {
    context.set("refusal", gatewayRefusal);
    await requireModule(hub, context);
    const [, deviceId = "", , moduleId] = segmentsOf(context);
    const target = moduleId === undefined ? { deviceId } : { deviceId, moduleId };
    return json(200, await invokeMethod(hub, target, await readObjectBody(context.req.raw)));
  };
  app.post("/:id/methods", invoke);
  app.post("/:id/modules/:module/methods", invoke);
  return app;
}

async function requireModule(hub: Hub, context: DeviceContext): Promise<void> {
  const identity = parseIdentity(context.req.header(callerHeader) ?? "");
  if (identity?.moduleId === undefined) {
    throw new HubError("ArgumentInvalid", "Invalid header value for x-ms-edge-moduleId");
  }
  await requireIdentity(hub, context, identity);
}
