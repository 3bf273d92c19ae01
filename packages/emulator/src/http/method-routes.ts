import type { JsonObject } from "@isohub/core";
import { Hono } from "hono";
import type { Hub } from "../hub/hub.ts";
import { HubError } from "../hub/hub-error.ts";
import { type Identity, parseIdentity } from "../hub/identity.ts";
import type { MethodCall, MethodResult } from "../hub/methods.ts";
import {
  type DeviceContext,
  type DeviceEnv,
  gatewayRefusal,
  json,
  jsonBody,
  requireApiVersion,
  requireIdentity,
  segmentsOf,
  serviceRefusal,
} from "./requests.ts";

const moduleHeader = "x-ms-edge-moduleid";

/**
 * Routes `/twins/{id}/methods` and `/twins/{id}/modules/{id}/methods`. A module calls as through its gateway, with a header
 * that names it; a service calls the hub, with a token of a shared access policy.
 */
export function methodRoutes(hub: Hub): Hono<DeviceEnv> {
  const app = new Hono<DeviceEnv>();
  const invoke = async (context: DeviceContext): Promise<Response> => {
    const caller = context.req.header(moduleHeader);
    const isService = caller === undefined && /[ &]skn=[^&]/.test(context.req.header("authorization") ?? "");
    context.set("refusal", isService ? serviceRefusal : gatewayRefusal);
    if (isService) await requireService(hub, context);
    else await requireModule(hub, context, caller);
    return json(200, await invokeMethod(hub, context));
  };
  app.post("/:id/methods", invoke);
  app.post("/:id/modules/:module/methods", invoke);
  return app;
}

async function requireService(hub: Hub, context: DeviceContext): Promise<void> {
  requireApiVersion(context);
  const token = context.req.header("authorization") ?? "";
  const problem = await hub.authorize(token, "ServiceConnect", segmentsOf(context));
  if (problem !== undefined) throw new HubError("IotHubUnauthorizedAccess", `Unauthorized: ${problem}.`);
}

async function requireModule(hub: Hub, context: DeviceContext, caller: string | undefined): Promise<void> {
  const identity = parseIdentity(caller ?? "");
  if (identity?.moduleId === undefined) {
    throw new HubError("ArgumentInvalid", "Invalid header value for x-ms-edge-moduleId");
  }
  await requireIdentity(hub, context, identity);
}

async function invokeMethod(hub: Hub, context: DeviceContext): Promise<MethodResult> {
  const [, deviceId = "", , moduleId] = segmentsOf(context);
  const target: Identity = moduleId === undefined ? { deviceId } : { deviceId, moduleId };
  const call = readCall(await jsonBody(context));
  hub.registry.require(target);
  return hub.methods.invoke(target, call);
}

// The hub rejects an empty name, and a timeout that isn't a number.
function readCall({ methodName, payload, ...timeouts }: JsonObject): MethodCall {
  const { responseTimeoutInSeconds, connectTimeoutInSeconds } = timeouts;
  const seconds = (value: unknown): number => (typeof value === "number" ? value : Number.NaN);
  return {
    methodName: typeof methodName === "string" ? methodName : "",
    payload,
    ...(responseTimeoutInSeconds == null
      ? {}
      : { responseTimeoutInSeconds: seconds(responseTimeoutInSeconds) }),
    ...(connectTimeoutInSeconds == null ? {} : { connectTimeoutInSeconds: seconds(connectTimeoutInSeconds) }),
  };
}
