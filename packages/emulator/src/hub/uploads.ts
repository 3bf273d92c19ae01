import { type Clock, encodeBase64 } from "@isohub/core/internal";
import { isoTime } from "./clock.ts";
import type { EventFeed } from "./event-feed.ts";
import type { UploadNotification } from "./events.ts";
import { HubError } from "./hub-error.ts";
import type { Registry } from "./registry.ts";

/** A file upload that a device has asked for. */
export interface FileUpload {
  readonly deviceId: string;
  readonly correlationId: string;
  /** With the device id in front. */
  readonly blobName: string;
  /** `expired` when its end has not been notified within an hour. */
  readonly state: "open" | "succeeded" | "failed" | "expired";
  /** ISO 8601 in UTC. */
  readonly startedTime: string;
  /** ISO 8601 in UTC. */
  readonly expiryTime: string;
  /** What the device said of the end. */
  readonly notification?: UploadNotification;
}

interface Entry {
  readonly deviceId: string;
  readonly correlationId: string;
  readonly blobName: string;
  readonly startedAt: number;
  notification?: UploadNotification;
}

/** How long the place of an upload is open, in milliseconds. */
export const uploadTimeToLiveMs: number = 3_600_000;

const maxOpenUploads = 10;
const maxBlobNameLength = 1024;
// Uploads that have ended are for looking at, and must not grow for ever.
const keptUploads = 1000;

/**
 * File uploads: devices ask for a place, put a blob there, and tell how it went.
 *
 * @source IoT Hub documentation, "Upload files with IoT Hub" and "Azure IoT Hub error codes"
 */
export class Uploads {
  readonly #clock: Clock;
  readonly #registry: Registry;
  readonly #events: EventFeed;
  readonly #entries = new Map<string, Entry>();

  constructor(clock: Clock, registry: Registry, events: EventFeed) {
    this.#clock = clock;
    this.#registry = registry;
    this.#events = events;
  }

  /** @throws {HubError} DeviceNotFound, ArgumentInvalid, DeviceMaximumActiveFileUploadLimitExceeded */
  start(deviceId: string, name: unknown): FileUpload {
    this.#registry.require({ deviceId });
    if (typeof name !== "string" || name === "" || name.length > maxBlobNameLength) {
      throw new HubError(
        "ArgumentInvalid",
        `blobName must be a text of 1 to ${maxBlobNameLength} characters.`,
      );
    }
    const open = this.list(deviceId).filter(({ state }) => state === "open");
    if (open.length >= maxOpenUploads) {
      throw new HubError(
        "DeviceMaximumActiveFileUploadLimitExceeded",
        `The device has ${maxOpenUploads} uploads under way, which is the limit.`,
      );
    }
    const correlationId = encodeBase64(crypto.getRandomValues(new Uint8Array(16)));
    const entry = { deviceId, correlationId, blobName: `${deviceId}/${name}`, startedAt: this.#clock.now() };
    this.#entries.set(correlationId, entry);
    this.#forgetOldest();
    this.#events.emit("fileUploadStarted", { deviceId }, { correlationId, blobName: entry.blobName });
    return this.#view(entry);
  }

  /**
   * The end of an upload, as the device tells it.
   *
   * @throws {HubError} InvalidFileUploadCorrelationId, ExpiredFileUploadCorrelationId, InvalidFileUploadCompletionStatus
   */
  notify(
    deviceId: string,
    correlationId: unknown,
    { isSuccess, statusCode = 0, statusDescription = "" }: Readonly<Record<string, unknown>>,
  ): void {
    const entry = typeof correlationId === "string" ? this.#entries.get(correlationId) : undefined;
    if (entry === undefined || entry.deviceId !== deviceId || entry.notification !== undefined) {
      throw new HubError(
        "InvalidFileUploadCorrelationId",
        "The correlationId is not one of an upload of this device that is under way.",
      );
    }
    if (this.#hasExpired(entry)) {
      throw new HubError("ExpiredFileUploadCorrelationId", "The upload was to be ended within an hour.");
    }
    const isValid = typeof isSuccess === "boolean" && Number.isInteger(statusCode);
    if (!isValid || typeof statusDescription !== "string") {
      throw new HubError(
        "InvalidFileUploadCompletionStatus",
        "isSuccess must be true or false, statusCode a whole number, and statusDescription a text.",
      );
    }
    entry.notification = { isSuccess, statusCode: Number(statusCode), statusDescription };
    const { blobName } = entry;
    const body = { correlationId: entry.correlationId, blobName, ...entry.notification };
    this.#events.emit("fileUploadNotified", { deviceId }, body);
  }

  /** The uploads of one device or of all, in the order of their start. */
  list(deviceId?: string): FileUpload[] {
    const entries = [...this.#entries.values()];
    return entries
      .filter((entry) => deviceId === undefined || entry.deviceId === deviceId)
      .map((entry) => this.#view(entry));
  }

  /** Drops what is known of a device that no longer exists. */
  forget(deviceId: string): void {
    for (const entry of this.#entries.values()) {
      if (entry.deviceId === deviceId) this.#entries.delete(entry.correlationId);
    }
  }

  #view(entry: Entry): FileUpload {
    const { deviceId, correlationId, blobName, startedAt, notification } = entry;
    const ended = notification?.isSuccess === true ? "succeeded" : "failed";
    return {
      deviceId,
      correlationId,
      blobName,
      state: notification !== undefined ? ended : this.#hasExpired(entry) ? "expired" : "open",
      startedTime: isoTime(startedAt),
      expiryTime: isoTime(startedAt + uploadTimeToLiveMs),
      ...(notification === undefined ? {} : { notification }),
    };
  }

  #hasExpired({ startedAt }: Entry): boolean {
    return this.#clock.now() > startedAt + uploadTimeToLiveMs;
  }

  #forgetOldest(): void {
    if (this.#entries.size <= keptUploads) return;
    for (const { correlationId } of this.list().filter(({ state }) => state !== "open")) {
      this.#entries.delete(correlationId);
      if (this.#entries.size <= keptUploads) return;
    }
  }
}
