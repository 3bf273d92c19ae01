import type { Clock } from "@isohub/core/internal";
import { Hono } from "hono";
import { cors } from "hono/cors";
import type { BlobStorage } from "../blobs/blob-storage.ts";
import type { Certificate } from "../certificates/certificate.ts";
import type { Hub } from "../hub/hub.ts";
import { HubError, hubErrorOf } from "../hub/hub-error.ts";
import type { ConnectionFaults } from "../mqtt/connection-faults.ts";
import { fileRoutes } from "./file-routes.ts";
import { messageRoutes } from "./message-routes.ts";
import { methodRoutes } from "./method-routes.ts";
import { type DeviceContext, type DeviceEnv, hubRefusal } from "./requests.ts";

/** Answers requests of devices and modules. Returns `undefined` for requests that aren't for the hub. */
export type DeviceApi = (
  request: Request,
  certificates: () => readonly Certificate[],
) => Response | Promise<Response> | undefined;

/** Options of {@link createDeviceApi}. */
export interface DeviceApiOptions {
  readonly hub: Hub;
  readonly blobs: BlobStorage;
  /** For the delays of faults. */
  readonly clock: Clock;
  readonly faults: ConnectionFaults;
  /** Returns the host and port that devices upload blobs to. */
  blobHost(): string;
  /** Returns false while the hub is down. */
  acceptsDevices(): boolean;
}

const path = /^\/(devices|twins)\//;

/**
 * Creates the HTTPS API for devices and modules, of a hub and of an Edge gateway. Unlike the real hub it allows pages of
 * every origin, so that pages can simulate devices.
 *
 * @source IoT Hub REST, Device - Create File Upload Sas Uri; IoT Edge `edgeHub`
 */
export function createDeviceApi(options: DeviceApiOptions): DeviceApi {
  const { hub, blobs, blobHost, acceptsDevices } = options;
  const app = new Hono<DeviceEnv>();
  app.use(cors({ origin: "*", exposeHeaders: ["iothub-errorcode"] }));
  app.use(async (_context, next) => {
    if (!acceptsDevices()) throw new HubError("ServiceUnavailable", "The hub is down.");
    await next();
  });
  app.route("/devices", fileRoutes(hub, blobs, blobHost));
  app.route("/devices", messageRoutes(options));
  app.route("/twins", methodRoutes(hub));
  app.notFound((context) => {
    return hubRefusal(
      new HubError("GenericNotFound", `There is no ${context.req.method} ${context.req.path}.`),
    );
  });
  app.onError((error, context) => {
    const hubError = hubErrorOf(error);
    report(hub, context, hubError);
    return (context.get("refusal") ?? hubRefusal)(hubError);
  });
  return (request, certificates) => {
    if (!path.test(new URL(request.url).pathname)) return undefined;
    return app.fetch(request, { certificates });
  };
}

function report(hub: Hub, context: DeviceContext, { statusCode: status, message: detail }: HubError): void {
  const { pathname } = new URL(context.req.url);
  hub.events.emit("requestRefused", context.get("identity") ?? { deviceId: "" }, {
    path: pathname,
    status,
    detail,
  });
}
