import { ServiceError } from "../errors.ts";
import { piecesOf, sizeOf, type UploadData } from "../upload/blob-source.ts";
import { FileUpload, type UploadProgress, type UploadStatus } from "../upload/file-upload.ts";
import type { StorageInfo } from "../upload/storage-info.ts";
import { never } from "../util/clock.ts";
import type { OperationOptions } from "../util/deadline.ts";
import type { ClientCore } from "./client-core.ts";
import { httpOf, untilShutdown } from "./client-http.ts";

/** The options of `uploadToBlob`. */
export interface UploadOptions extends OperationOptions {
  /** Called after each stored block of 4 MiB. */
  onProgress?: ((progress: UploadProgress) => void) | undefined;
}

/** The time limit for notifying the hub of the end of an upload, in milliseconds. */
const notificationTimeoutMs = 10_000;
/** The time that a requested destination has after its upload was aborted, in milliseconds: without its id, the upload stays open. */
const lateDestinationMs = 2000;

/** Uploads files of a device, each step within its time limit, and notifies the hub of the result. */
export class DeviceUploads {
  readonly #core: ClientCore;
  readonly #upload: FileUpload;

  constructor(core: ClientCore) {
    this.#core = core;
    this.#upload = new FileUpload(core.setup.platform.runtime, httpOf(core));
  }

  storageInfo(blobName: string, options: OperationOptions): Promise<StorageInfo> {
    return untilShutdown(this.#core, options, (inner) => this.#storageInfo(blobName, inner));
  }

  notify(status: UploadStatus, options: OperationOptions): Promise<void> {
    return untilShutdown(this.#core, options, (inner) => this.#notify(status, inner));
  }

  async upload(blobName: string, data: UploadData, options: UploadOptions): Promise<StorageInfo> {
    const pieces = piecesOf(data);
    return untilShutdown(this.#core, options, async ({ onProgress, timeoutMs = never, signal }) => {
      const send = (info: StorageInfo, inner: AbortSignal): Promise<number> =>
        this.#upload.put(info, pieces, sizeOf(data), onProgress, inner);
      const late = new AbortController();
      let work: Promise<StorageInfo> | undefined;
      try {
        return await this.#core.withDeadline("Uploading a file", { signal, timeoutMs }, (inner) => {
          work = this.#uploadAndNotify(this.#storageInfo(blobName, late), send, inner);
          return work;
        });
      } catch (error) {
        // If it was aborted, notifying the hub is still part of the operation.
        const { clock } = this.#core.setup.platform.runtime;
        const timer = clock.setTimer(() => late.abort(), lateDestinationMs);
        await work?.catch(() => {});
        timer.cancel();
        throw error;
      }
    });
  }

  #storageInfo(blobName: string, options: OperationOptions): Promise<StorageInfo> {
    return this.#core.withDeadline("Requesting the destination of an upload", options, (signal) =>
      this.#upload.storageInfo(blobName, signal),
    );
  }

  #notify(status: UploadStatus, options: OperationOptions): Promise<void> {
    return this.#core.withDeadline("Notifying the hub of the end of an upload", options, (signal) =>
      this.#upload.notify(status, signal),
    );
  }

  async #uploadAndNotify(
    destination: Promise<StorageInfo>,
    send: (info: StorageInfo, signal: AbortSignal) => Promise<number>,
    signal: AbortSignal,
  ): Promise<StorageInfo> {
    const info = await destination;
    const { correlationId } = info;
    const notify = (isSuccess: boolean, statusCode: number): Promise<void> => {
      const statusDescription = isSuccess ? "OK" : "The upload did not finish";
      // It has its own time limit, because an upload that is aborted is reported, too, even by a shutdown.
      return this.#notify(
        { correlationId, isSuccess, statusCode, statusDescription },
        { timeoutMs: notificationTimeoutMs },
      );
    };
    let status: number;
    try {
      status = await send(info, signal);
    } catch (error) {
      const code = error instanceof ServiceError ? error.statusCode : 499;
      await notify(false, code).catch((failure: unknown) => this.#core.onBackgroundError(failure));
      throw error;
    }
    await notify(true, status);
    return info;
  }
}
