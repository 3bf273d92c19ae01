import type { BlobStorage } from "../blobs/blob-storage.ts";
import type { Hub } from "../hub/hub.ts";
import type { FileUpload } from "../hub/uploads.ts";

/** The file uploads of devices, and the blob storage. */
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
  /**
   * Creates a blob container for imports and exports of identities, unless it exists. Returns its URL at the plain port, with
   * a SAS for a day. Its blobs last as long as the emulator.
   *
   * @param name - 3 to 63 lower-case letters, digits and dashes
   * @throws {HubError} ArgumentInvalid; DefaultStorageEndpointNotConfigured without blob storage
   */
  createBlobContainer(name: string): Promise<string>;
}

/** Implements {@link EmulatorUploads} with a hub and its blobs. */
export function uploadsOf({ uploads }: Hub, blobs: BlobStorage, webHost: string): EmulatorUploads {
  return {
    uploads: (deviceId) => uploads.list(deviceId),
    readBlob: async (blobName) => new Uint8Array(await (await blobs.read(blobName)).arrayBuffer()),
    createBlobContainer: async (name) => `http://${webHost}${await blobs.createContainer(name)}`,
  };
}
