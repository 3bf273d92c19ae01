import { asIsoHubError } from "../errors.ts";
import { piecesOf, sizeOf, type UploadData } from "../upload/blob-source.ts";
import { FileUpload, type UploadProgress, type UploadStatus } from "../upload/file-upload.ts";
import type { StorageInfo } from "../upload/storage-info.ts";
import { type OperationOptions, withDeadline } from "../util/deadline.ts";
import type { ClientCore } from "./client-core.ts";
import { httpOf } from "./client-http.ts";

/** Options of `uploadToBlob`. */
export interface UploadOptions extends OperationOptions {
  /** Told after each block, of 4 MiB, that the storage has. */
  onProgress?: ((progress: UploadProgress) => void) | undefined;
}

/** How long telling the hub that an upload failed may take, in milliseconds, when the upload itself was given up. */
const lastWordMs = 10_000;

const notifying = "Notifying the hub of the end of an upload";

/** The uploads of a device: each step within its time, and the hub told how it went. */
export class DeviceUploads {
  readonly #core: ClientCore;
  readonly #upload: FileUpload;

  constructor(core: ClientCore) {
    this.#core = core;
    this.#upload = new FileUpload(core.setup.platform.runtime, httpOf(core));
  }

  storageInfo(blobName: string, options: OperationOptions): Promise<StorageInfo> {
    return this.#withDeadline("Requesting the destination of an upload", options, (signal) =>
      this.#upload.storageInfo(blobName, signal),
    );
  }

  notify(status: UploadStatus, options: OperationOptions): Promise<void> {
    return this.#withDeadline(notifying, options, (signal) => this.#upload.notify(status, signal));
  }

  async upload(blobName: string, data: UploadData, options: UploadOptions): Promise<StorageInfo> {
    const { onProgress, timeoutMs = Number.POSITIVE_INFINITY, signal } = options;
    const pieces = piecesOf(data);
    const send = (info: StorageInfo, inner: AbortSignal): Promise<number> =>
      this.#upload.put(info, pieces, sizeOf(data), onProgress, inner);
    let work: Promise<StorageInfo> | undefined;
    try {
      return await this.#withDeadline("Uploading a file", { signal, timeoutMs }, (inner) => {
        work = this.#uploadAndNotify(blobName, send, inner);
        return work;
      });
    } catch (error) {
      // Given up from outside: the hub is still being told, and that belongs to the operation.
      await work?.catch(() => {});
      throw error;
    }
  }

  async #uploadAndNotify(
    blobName: string,
    send: (info: StorageInfo, signal: AbortSignal) => Promise<number>,
    signal: AbortSignal,
  ): Promise<StorageInfo> {
    const info = await this.#upload.storageInfo(blobName, signal);
    const { correlationId } = info;
    const tell = (isSuccess: boolean, statusCode: number, statusDescription: string): Promise<void> =>
      // With a time of its own: the hub has to know also when the upload was given up.
      this.notify({ correlationId, isSuccess, statusCode, statusDescription }, { timeoutMs: lastWordMs });
    let status: number;
    try {
      status = await send(info, signal);
    } catch (error) {
      const code: unknown = Reflect.get(Object(error), "statusCode");
      await tell(false, typeof code === "number" ? code : 499, "The upload failed or was given up").catch(
        (failure: unknown) => this.#core.channels.report(asIsoHubError(failure)),
      );
      throw error;
    }
    await tell(true, status, "OK");
    return info;
  }

  #withDeadline<R>(
    what: string,
    options: OperationOptions,
    run: (signal: AbortSignal) => Promise<R>,
  ): Promise<R> {
    return withDeadline(this.#core.clock, what, options, this.#core.setup.options.operationTimeoutMs, run);
  }
}
