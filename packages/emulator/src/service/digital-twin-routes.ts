import { Hono } from "hono";
import { hubRefusal } from "../http/requests.ts";
import type { Hub } from "../hub/hub.ts";
import { HubError } from "../hub/hub-error.ts";
import { desiredPatchOf, digitalTwinOf } from "../hub/views/digital-twin.ts";
import {
  conditionOf,
  identityIn,
  permit,
  readJson,
  type ServiceContext,
  type ServiceEnv,
} from "./service-request.ts";

/** Routes of `/digitaltwins`. @source IoT Hub service REST, Digital Twin */
export function digitalTwinRoutes(hub: Hub): Hono<ServiceEnv> {
  const app = new Hono<ServiceEnv>({ strict: false });
  app.use((context, next) => {
    context.set("refusal", hubRefusal);
    return next();
  });
  const connect = permit(hub, "ServiceConnect");
  app.get("/:id", connect, (context) => {
    const twin = hub.views.twin(identityIn(context));
    return Response.json(digitalTwinOf(twin), { headers: { etag: `"${twin.etag}"` } });
  });
  app.patch("/:id", connect, async (context) => {
    const identity = identityIn(context);
    const operations = await readJson(context);
    const desired = desiredPatchOf(hub.views.twin(identity), operations);
    hub.twins.change(identity, { desired }, { condition: conditionOf(context) });
    const { etag } = hub.views.twin(identity);
    const { origin, pathname } = new URL(context.req.url);
    return new Response(null, {
      status: 202,
      headers: { etag: `"${etag}"`, location: `${origin}${pathname}` },
    });
  });
  app.post("/:id/commands/:command", connect, (context) =>
    command(hub, context, context.req.param("command")),
  );
  app.post("/:id/components/:component/commands/:command", connect, (context) => {
    const { component, command: name } = context.req.param();
    return command(hub, context, `${component}*${name}`);
  });
  return app;
}

async function command(hub: Hub, context: ServiceContext, methodName: string): Promise<Response> {
  const identity = identityIn(context);
  const payload = await readJson(context, "null");
  hub.registry.require(identity);
  const connect = secondsIn(context, "connectTimeoutInSeconds");
  const response = secondsIn(context, "responseTimeoutInSeconds");
  const result = await hub.methods.invoke(identity, {
    methodName,
    payload,
    ...(connect === undefined ? {} : { connectTimeoutInSeconds: connect }),
    ...(response === undefined ? {} : { responseTimeoutInSeconds: response }),
  });
  return Response.json(result.payload, {
    headers: { "x-ms-command-statuscode": `${result.status}`, "x-ms-request-id": crypto.randomUUID() },
  });
}

function secondsIn(context: ServiceContext, name: string): number | undefined {
  const given = context.req.query(name);
  if (given === undefined || given === "") return undefined;
  if (/^\d{1,9}$/.test(given)) return Number(given);
  throw new HubError("ArgumentInvalid", `${name} must be a number of seconds, got '${given.slice(0, 40)}'.`);
}
