import { encodePercent } from "@isohub/core/internal";
import { Hono } from "hono";
import { type BlobStorage, uploadContainer } from "../blobs/blob-storage.ts";
import { isoTime } from "../hub/clock.ts";
import type { Hub } from "../hub/hub.ts";
import { HubError } from "../hub/hub-error.ts";
import { uploadTimeToLiveMs } from "../hub/uploads.ts";
import { readObjectBody } from "./body.ts";
import {
  type DeviceContext,
  type DeviceEnv,
  json,
  requireApiVersion,
  requireIdentity,
  segmentsOf,
} from "./requests.ts";

/** Routes below `/devices/{id}/files`: requesting an upload, and reporting its end. */
export function fileRoutes(hub: Hub, blobs: BlobStorage, blobHost: () => string): Hono<DeviceEnv> {
  const app = new Hono<DeviceEnv>();

  app.post("/:id/files", async (context) => {
    const deviceId = await authenticate(context);
    const { blobName: name } = await readObjectBody(context.req.raw);
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
    const body = await readObjectBody(context.req.raw);
    const [, , , , correlationId = body["correlationId"]] = segmentsOf(context);
    const { state, blobName } = hub.uploads.notify(deviceId, correlationId, body);
    if (state === "succeeded") await announce(deviceId, blobName);
    return context.body(null, 204);
  };
  app.post("/:id/files/notifications", notify);
  app.post("/:id/files/notifications/:correlationId", notify);
  return app;

  // A device may report a file that it didn't write: then services receive nothing.
  async function announce(deviceId: string, blobName: string): Promise<void> {
    try {
      const { size, lastModified } = await blobs.describe(blobName);
      hub.uploads.announce({
        deviceId,
        blobUri: `https://${blobHost()}/${uploadContainer}/${blobName.split("/").map(encodePercent).join("/")}`,
        blobName,
        lastUpdatedTime: isoTime(lastModified),
        blobSizeInBytes: size,
      });
    } catch (error) {
      if (!(error instanceof HubError)) throw error;
    }
  }

  async function authenticate(context: DeviceContext): Promise<string> {
    const [, deviceId = ""] = segmentsOf(context);
    requireApiVersion(context);
    await requireIdentity(hub, context, { deviceId });
    return deviceId;
  }
}
