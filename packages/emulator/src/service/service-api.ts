import { Hono } from "hono";
import { cors } from "hono/cors";
import type { ServiceFault } from "../faults/fault-rules.ts";
import { callerHeader, hubRefusal, serviceRefusal } from "../http/requests.ts";
import type { Hub } from "../hub/hub.ts";
import { HubError, hubErrorOf } from "../hub/hub-error.ts";
import { configurationContentRoutes, configurationRoutes } from "./configurations/configuration-routes.ts";
import { digitalTwinRoutes } from "./digital-twin-routes.ts";
import { deviceRoutes, statisticsRoutes } from "./identities/device-routes.ts";
import { keyRoutes } from "./identities/key-routes.ts";
import { jobRoutes } from "./job-routes.ts";
import { notificationRoutes } from "./notification-routes.ts";
import { queryRoutes } from "./query-routes.ts";
import { registryJobRoutes } from "./registry-jobs/registry-job-routes.ts";
import type { RegistryJobs } from "./registry-jobs/registry-jobs.ts";
import { ofTwins } from "./service-limits.ts";
import { identityIn, type ServiceContext, type ServiceEnv } from "./service-request.ts";
import { twinRoutes } from "./twin-routes.ts";

/** Answers requests of services. Returns `undefined` for requests that aren't for it. */
export type ServiceApi = (request: Request) => Response | Promise<Response> | undefined;

const path = /^\/(devices|twins|statistics|configurations|jobs|digitaltwins|messages)(\/|$)/i;
const ofDevices = /^\/devices\/[^/]+\/(modules\/[^/]+\/)?(files|messages)(\/|$)/i;

/**
 * Creates the REST API for services: the part of the hub that manages devices. A request needs a SAS token of a shared
 * access policy.
 *
 * @param acceptsRequests - returns false while the hub is down
 * @param onRequest - decides whether a request fails
 * @source IoT Hub service REST
 */
export function createServiceApi(
  hub: Hub,
  registryJobs: RegistryJobs,
  acceptsRequests: () => boolean,
  onRequest: () => ServiceFault | undefined = () => undefined,
): ServiceApi {
  const app = new Hono<ServiceEnv>({ strict: false });
  app.use(
    cors({
      origin: "*",
      exposeHeaders: [
        "etag",
        "iothub-errorcode",
        "location",
        "x-ms-command-statuscode",
        "x-ms-continuation",
        "x-ms-item-type",
        "x-ms-request-id",
      ],
    }),
  );
  app.use(async (_context, next) => {
    if (!acceptsRequests()) throw new HubError("ServiceUnavailable", "The hub is down.");
    await next();
  });
  app.use(async (context, next) => {
    const fault = onRequest();
    if (fault === undefined) return next();
    report(hub, context, fault.error);
    const response = (ofTwins.test(context.req.path) ? hubRefusal : serviceRefusal)(fault.error);
    const { retryAfterSeconds } = fault;
    if (retryAfterSeconds !== undefined) response.headers.set("retry-after", String(retryAfterSeconds));
    return response;
  });
  app.route("/devices", deviceRoutes(hub));
  app.route("/devices", keyRoutes(hub));
  app.route("/devices", queryRoutes(hub));
  app.route("/twins", twinRoutes(hub));
  app.route("/devices", configurationContentRoutes(hub));
  app.route("/configurations", configurationRoutes(hub));
  app.route("/digitaltwins", digitalTwinRoutes(hub));
  app.route("/jobs", jobRoutes(hub));
  app.route("/jobs", registryJobRoutes(hub, registryJobs));
  app.route("/statistics", statisticsRoutes(hub));
  app.route("/", notificationRoutes(hub));
  app.notFound((context) => {
    throw new HubError("GenericNotFound", `There is no ${context.req.method} ${context.req.path}.`);
  });
  app.onError((error, context) => {
    const hubError = hubErrorOf(error);
    report(hub, context, hubError);
    return (context.get("refusal") ?? serviceRefusal)(hubError);
  });
  return (request) => {
    const { pathname } = new URL(request.url);
    if (!path.test(pathname) || ofDevices.test(pathname) || isModuleCall(request)) return undefined;
    return app.fetch(request);
  };
}

// A module names itself in a header, and its token names no policy.
function isModuleCall({ url, method, headers }: Request): boolean {
  if (headers.has(callerHeader)) return true;
  const token = headers.get("authorization");
  return method === "POST" && /\/methods\/?(\?|$)/.test(url) && token !== null && !/[ &]skn=[^&]/.test(token);
}

function report(hub: Hub, context: ServiceContext, { statusCode: status, message: detail }: HubError): void {
  const { pathname } = new URL(context.req.url);
  const isAboutIdentity = /^\/(devices|twins)\/[^/]/.test(pathname);
  const identity = isAboutIdentity ? identityIn(context) : { deviceId: "" };
  hub.events.emit("requestRefused", identity, { path: pathname, status, detail });
}
