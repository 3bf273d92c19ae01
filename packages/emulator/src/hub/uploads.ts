import { type Clock, encodeBase64 } from "@isohub/core/internal";
import type { Store, Table } from "../store/store.ts";
import { isoTime } from "./clock.ts";
import { NotificationQueue } from "./deliveries/notification-queue.ts";
import type { EventFeed } from "./events/event-feed.ts";
import type { UploadNotification } from "./events/events.ts";
import { HubError } from "./hub-error.ts";
import type { Registry } from "./identities/registry.ts";

/** A file upload that a device has requested. */
export interface FileUpload {
  readonly deviceId: string;
  readonly correlationId: string;
  /** Begins with the device id. */
  readonly blobName: string;
  /** `expired` if the device has not reported the result within an hour. */
  readonly state: "open" | "succeeded" | "failed" | "expired";
  /** ISO 8601 in UTC. */
  readonly startedTime: string;
  /** ISO 8601 in UTC. */
  readonly expiryTime: string;
  /** The result that the device reported. */
  readonly notification?: UploadNotification;
}

/** The message to services about a file that a device has uploaded. */
export interface FileNotification {
  readonly deviceId: string;
  readonly blobUri: string;
  readonly blobName: string;
  /** ISO 8601 in UTC. */
  readonly lastUpdatedTime: string;
  readonly blobSizeInBytes: number;
  /** ISO 8601 in UTC. */
  readonly enqueuedTimeUtc: string;
}

/** An upload, as it is stored by its correlation id. */
interface UploadRecord {
  readonly deviceId: string;
  readonly correlationId: string;
  readonly blobName: string;
  readonly startedAt: number;
  readonly notification?: UploadNotification;
}

/** The time for which a device can write to its blob, in milliseconds. */
export const uploadTimeToLiveMs: number = 3_600_000;

const maxOpenUploads = 10;
const maxBlobNameLength = 1024;
// Bounds the memory of uploads that have ended.
const keptUploads = 1000;

/**
 * File uploads: a device requests the address of a blob, writes to it, and reports the result.
 *
 * @source IoT Hub documentation, "Upload files with IoT Hub" and "Azure IoT Hub error codes"
 */
export class Uploads {
  /** The notifications of uploaded files that services receive. */
  readonly notificationQueue: NotificationQueue<FileNotification>;
  readonly #clock: Clock;
  readonly #registry: Registry;
  readonly #events: EventFeed;
  readonly #uploads: Table<UploadRecord>;

  constructor(clock: Clock, store: Store, registry: Registry, events: EventFeed) {
    this.#clock = clock;
    this.#registry = registry;
    this.#events = events;
    this.#uploads = store.table("uploads");
    this.notificationQueue = new NotificationQueue(clock, store, "fileNotificationQueue");
  }

  /** @throws {HubError} DeviceNotFound, ArgumentInvalid, DeviceMaximumActiveFileUploadLimitExceeded */
  start(deviceId: string, name: unknown): FileUpload {
    this.#registry.require({ deviceId });
    if (typeof name !== "string" || name === "" || name.length > maxBlobNameLength) {
      throw new HubError(
        "ArgumentInvalid",
        `blobName must be a string of 1 to ${maxBlobNameLength} characters.`,
      );
    }
    const open = this.list(deviceId).filter(({ state }) => state === "open");
    if (open.length >= maxOpenUploads) {
      throw new HubError(
        "DeviceMaximumActiveFileUploadLimitExceeded",
        `A device can have up to ${maxOpenUploads} open uploads.`,
      );
    }
    const correlationId = encodeBase64(crypto.getRandomValues(new Uint8Array(16)));
    const blobName = `${deviceId}/${name}`;
    const upload = { deviceId, correlationId, blobName, startedAt: this.#clock.now() };
    this.#uploads.set(correlationId, upload);
    this.#forgetOldest();
    this.#events.emit("fileUploadStarted", { deviceId }, { correlationId, blobName });
    return this.#view(upload);
  }

  /**
   * Ends an upload with the result that the device reports. Returns the upload.
   *
   * @throws {HubError} InvalidFileUploadCorrelationId, ExpiredFileUploadCorrelationId, InvalidFileUploadCompletionStatus
   */
  notify(deviceId: string, correlationId: unknown, result: Readonly<Record<string, unknown>>): FileUpload {
    const { isSuccess } = result;
    // The Java SDK sends null for what it doesn't know.
    const [statusCode, statusDescription] = [result["statusCode"] ?? 0, result["statusDescription"] ?? ""];
    const upload = typeof correlationId === "string" ? this.#uploads.get(correlationId) : undefined;
    if (upload === undefined || upload.deviceId !== deviceId || upload.notification !== undefined) {
      throw new HubError(
        "InvalidFileUploadCorrelationId",
        "correlationId must be that of an open upload of this device.",
      );
    }
    if (this.#hasExpired(upload)) {
      throw new HubError("ExpiredFileUploadCorrelationId", "The upload had to end within an hour.");
    }
    const isValid = typeof isSuccess === "boolean" && Number.isInteger(statusCode);
    if (!isValid || typeof statusDescription !== "string") {
      throw new HubError(
        "InvalidFileUploadCompletionStatus",
        "isSuccess must be true or false, statusCode an integer, and statusDescription a string.",
      );
    }
    const notification = { isSuccess, statusCode: Number(statusCode), statusDescription };
    const ended = { ...upload, notification };
    this.#uploads.set(upload.correlationId, ended);
    const { blobName } = upload;
    this.#events.emit(
      "fileUploadNotified",
      { deviceId },
      { correlationId: upload.correlationId, blobName, ...notification },
    );
    return this.#view(ended);
  }

  /** Notifies services of an uploaded file. */
  announce(file: Omit<FileNotification, "enqueuedTimeUtc">): void {
    this.notificationQueue.enqueue({ ...file, enqueuedTimeUtc: isoTime(this.#clock.now()) });
  }

  close(): void {
    this.notificationQueue.close();
  }

  /** Returns the uploads of one device or of all, in the order of their start. */
  list(deviceId?: string): FileUpload[] {
    return [...this.#uploads.values()]
      .filter((upload) => deviceId === undefined || upload.deviceId === deviceId)
      .map((upload) => this.#view(upload));
  }

  /** Deletes the uploads of a device that no longer exists. */
  forget(deviceId: string): void {
    for (const upload of [...this.#uploads.values()]) {
      if (upload.deviceId === deviceId) this.#uploads.delete(upload.correlationId);
    }
  }

  #view(upload: UploadRecord): FileUpload {
    const { deviceId, correlationId, blobName, startedAt, notification } = upload;
    const ended = notification?.isSuccess === true ? "succeeded" : "failed";
    return {
      deviceId,
      correlationId,
      blobName,
      state: notification !== undefined ? ended : this.#hasExpired(upload) ? "expired" : "open",
      startedTime: isoTime(startedAt),
      expiryTime: isoTime(startedAt + uploadTimeToLiveMs),
      ...(notification === undefined ? {} : { notification }),
    };
  }

  #hasExpired({ startedAt }: UploadRecord): boolean {
    return this.#clock.now() > startedAt + uploadTimeToLiveMs;
  }

  #forgetOldest(): void {
    if (this.#uploads.size <= keptUploads) return;
    for (const { correlationId } of this.list().filter(({ state }) => state !== "open")) {
      this.#uploads.delete(correlationId);
      if (this.#uploads.size <= keptUploads) return;
    }
  }
}
