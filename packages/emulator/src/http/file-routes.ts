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

/** `/devices/{id}/files`: where to put a file, and how it went. */
export function fileRoutes(hub: Hub, blobs: BlobStorage, blobHost: () => string): Hono<DeviceEnv> {
  const app = new Hono<DeviceEnv>();

  app.post("/:id/files", async (context) => {
    const deviceId = await device(context);
    const { blobName: name } = await jsonBody(context);
    // Before the upload counts as begun: without a storage there is none.
    await blobs.ready();
    const { correlationId, blobName } = hub.uploads.start(deviceId, name);
    const sasToken = await blobs.sign(blobName, uploadTimeToLiveMs);
    const place = { hostName: blobHost(), containerName: uploadContainer, blobName };
    return json(200, { correlationId, ...place, sasToken });
  });

  // Python has the id of the upload in the body, Node has it in the path.
  const notify = async (context: DeviceContext): Promise<Response> => {
    const deviceId = await device(context);
    const body = await jsonBody(context);
    const [, , , , correlationId = body["correlationId"]] = segmentsOf(context);
    hub.uploads.notify(deviceId, correlationId, body);
    return context.body(null, 204);
  };
  app.post("/:id/files/notifications", notify);
  app.post("/:id/files/notifications/:correlationId", notify);
  return app;

  async function device(context: DeviceContext): Promise<string> {
    const [, deviceId = ""] = segmentsOf(context);
    requireApiVersion(context);
    await requireIdentity(hub, context, { deviceId });
    return deviceId;
  }
}
