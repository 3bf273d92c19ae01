import type { BlobStorage } from "../blobs/blob-storage.ts";
import type { Hub } from "../hub/hub.ts";
import type { FileUpload } from "../hub/uploads.ts";

/** The file uploads of devices. */
export interface EmulatorUploads {
  /** Lists the file uploads of one device or of all, in the order they started. The last 1,000 stay in the list. */
  uploads(deviceId?: string): FileUpload[];
  /**
   * Returns the content of an uploaded blob.
   *
   * @param blobName - with the device id: `device/…`
   * @throws {HubError} GenericNotFound
   */
  readBlob(blobName: string): Promise<Uint8Array>;
}

/** Implements {@link EmulatorUploads} with a hub and its blobs. */
export function uploadsOf({ uploads }: Hub, blobs: BlobStorage): EmulatorUploads {
  return {
    uploads: (deviceId) => uploads.list(deviceId),
    readBlob: async (blobName) => new Uint8Array(await (await blobs.read(blobName)).arrayBuffer()),
  };
}
