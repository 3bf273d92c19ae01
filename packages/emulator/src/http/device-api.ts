import { Hono } from "hono";
import { cors } from "hono/cors";
import type { BlobStorage } from "../blobs/blob-storage.ts";
import type { Certificate } from "../certificates/certificate.ts";
import type { Hub } from "../hub/hub.ts";
import { HubError, messageOf } from "../hub/hub-error.ts";
import { fileRoutes } from "./file-routes.ts";
import { methodRoutes } from "./method-routes.ts";
import { type DeviceContext, type DeviceEnv, hubRefusal } from "./requests.ts";

/** Answers requests of devices and modules; `undefined` for what is not for the hub. */
export type DeviceApi = (
  request: Request,
  certificates: () => readonly Certificate[],
) => Response | Promise<Response> | undefined;

/** What the device API is made of. */
export interface DeviceApiParts {
  readonly hub: Hub;
  readonly blobs: BlobStorage;
  /** Host and port that blobs are put to. */
  blobHost(): string;
  /** Whether devices are let in at all. */
  acceptsDevices(): boolean;
}

const path = /^\/(devices|twins)\//;

/**
 * What devices and modules ask of a hub, or of an Edge gateway, over HTTPS. Open to pages of every origin, which the
 * hub is not: a page that simulates devices could do nothing with a real one either way.
 *
 * @source IoT Hub REST, Device - Create File Upload Sas Uri; IoT Edge `edgeHub`
 */
export function createDeviceApi({ hub, blobs, blobHost, acceptsDevices }: DeviceApiParts): DeviceApi {
  const app = new Hono<DeviceEnv>();
  app.use(cors({ origin: "*", exposeHeaders: ["iothub-errorcode"] }));
  app.use(async (_context, next) => {
    if (!acceptsDevices()) throw new HubError("ServiceUnavailable", "The hub is down.");
    await next();
  });
  app.route("/devices", fileRoutes(hub, blobs, blobHost));
  app.route("/twins", methodRoutes(hub));
  app.notFound((context) => {
    return hubRefusal(
      new HubError("GenericNotFound", `There is no ${context.req.method} ${context.req.path}.`),
    );
  });
  app.onError((error, context) => {
    const known = error instanceof HubError ? error : new HubError("ServerError", messageOf(error));
    tell(hub, context, known);
    return (context.get("refusal") ?? hubRefusal)(known);
  });
  return (request, certificates) => {
    if (!path.test(new URL(request.url).pathname)) return undefined;
    return app.fetch(request, { certificates });
  };
}

function tell(hub: Hub, context: DeviceContext, { statusCode: status, message: detail }: HubError): void {
  const { pathname } = new URL(context.req.url);
  hub.events.emit("requestRefused", context.get("identity") ?? { deviceId: "" }, {
    path: pathname,
    status,
    detail,
  });
}
