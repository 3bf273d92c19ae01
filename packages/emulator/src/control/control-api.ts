import { Hono } from "hono";
import { cors } from "hono/cors";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Emulator } from "../api/emulator.ts";
import { HubError, messageOf } from "../hub/hub-error.ts";
import { caRoutes } from "./ca-routes.ts";
import { deviceRoutes } from "./device-routes.ts";
import { edgeRouteRoutes } from "./edge-route-routes.ts";
import { faultRoutes } from "./fault-routes.ts";
import { feedRoutes } from "./feed-routes.ts";
import { fileRoutes } from "./file-routes.ts";
import { hubRoutes, hubView } from "./hub-routes.ts";
import { provisioningRoutes } from "./provisioning-routes.ts";
import { workloadRoutes } from "./workload-routes.ts";

/** The control API as a function of requests. */
export type ControlApi = (request: Request) => Response | Promise<Response>;

/**
 * The control API: what `Emulator` offers in process, over HTTP with JSON, for other languages and for pages. Open to
 * every origin, because the emulator is bound to this machine.
 */
export function createControlApi(emulator: Emulator): ControlApi {
  const app = new Hono();
  app.use("/control/*", cors({ origin: "*", exposeHeaders: ["iothub-errorcode"] }));
  app.get("/control", (context) => context.json(hubView(emulator)));
  app.get("/control/ca.pem", (context) => context.text(emulator.ca));
  app.route("/control/devices", deviceRoutes(emulator));
  app.route("/control/ca-certificates", caRoutes(emulator));
  app.route("/control/routes", edgeRouteRoutes(emulator));
  app.route("/control/faults", faultRoutes(emulator.faults));
  app.route("/control", provisioningRoutes(emulator));
  app.route("/control/hubs", hubRoutes(emulator));
  app.route("/control/workloads", workloadRoutes(emulator));
  app.route("/control", fileRoutes(emulator));
  app.route("/control", feedRoutes(emulator));
  app.notFound((context) => {
    const message = `There is no ${context.req.method} ${context.req.path}; the README of the emulator lists the routes.`;
    return context.json({ name: "NotFound", message }, 404);
  });
  app.onError((error, context) => {
    const known = error instanceof HubError ? error : new HubError("ServerError", messageOf(error));
    const status = known.statusCode as ContentfulStatusCode;
    return context.json({ name: known.name, ...known.toBody() }, status, { "iothub-errorcode": known.name });
  });
  return (request) => app.fetch(request);
}
