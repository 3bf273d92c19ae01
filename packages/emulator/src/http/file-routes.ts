import { Hono } from "hono";
import { type BlobStorage, uploadContainer } from "../blobs/blob-storage.ts";
import type { Hub } from "../hub/hub.ts";
import { uploadTimeToLiveMs } from "../hub/uploads.ts";
import {
  type DeviceContext,
  type DeviceEnv,
  json,
  jsonBody,
  requireApiVersion,
  requireIdentity,
  segmentsOf,
} from "./requests.ts";

/** Routes below `/devices/{id}/files`: requesting an upload, and reporting its end. */
export function fileRoutes(hub: Hub, blobs: BlobStorage, blobHost: () => string): Hono<DeviceEnv> {
  const app = new Hono<DeviceEnv>();

  app.post("/:id/files", async (context) => {
    const deviceId = await authenticate(context);
    const { blobName: name } = await jsonBody(context);
    // First, because without blob storage there is no upload to count.
    await blobs.ready();
    const { correlationId, blobName } = hub.uploads.start(deviceId, name);
    const sasToken = await blobs.sign(blobName, uploadTimeToLiveMs);
    const target = { hostName: blobHost(), containerName: uploadContainer, blobName };
    return json(200, { correlationId, ...target, sasToken });
  });

  // The correlation id is in the body (Python) or in the path (Node).
  const notify = async (context: DeviceContext): Promise<Response> => {
    const deviceId = await authenticate(context);
    const body = await jsonBody(context);
    const [, , , , correlationId = body["correlationId"]] = segmentsOf(context);
    hub.uploads.notify(deviceId, correlationId, body);
    return context.body(null, 204);
  };
  app.post("/:id/files/notifications", notify);
  app.post("/:id/files/notifications/:correlationId", notify);
  return app;

  async function authenticate(context: DeviceContext): Promise<string> {
    const [, deviceId = ""] = segmentsOf(context);
    requireApiVersion(context);
    await requireIdentity(hub, context, { deviceId });
    return deviceId;
  }
}
