import type { EmulatorQuota } from "../../api/quota.ts";
import type { EmulatorSessions } from "../../api/sessions.ts";
import type { EmulatorUploads } from "../../api/uploads.ts";
import { flag, list, optional, ref, text } from "../../schema/schema.ts";
import { pageFields } from "../components/paging.ts";
import type { ControlMethods } from "../control-methods.ts";
import type { Operations } from "../operation.ts";

type Sessions = Pick<EmulatorSessions, "sessions" | "kick"> &
  Pick<ControlMethods, "events"> &
  EmulatorQuota &
  EmulatorUploads;

/** Operations on connections, quotas, events and file uploads. */
export const sessionOperations: Operations<Sessions> = {
  sessions: {
    method: "GET",
    path: "/sessions",
    summary: "Lists the open connections",
    positional: {},
    options: pageFields,
    answer: list(ref("Session")),
  },
  kick: {
    method: "POST",
    path: "/devices/{identity}/kick",
    summary: "Drops a connection without notifying the device",
    positional: { identity: text() },
    options: {},
    answer: flag(),
    answerIn: "kicked",
  },
  quota: {
    method: "GET",
    path: "/quota",
    summary: "Returns the limits of the hub's tier, the use of its daily quota, and the refused operations",
    positional: {},
    options: {},
    answer: ref("Quota"),
  },
  events: {
    method: "GET",
    path: "/events",
    summary: "Streams events as server-sent events",
    positional: { identity: optional(text()) },
    options: {},
    answer: ref("Event"),
    mediaType: "text/event-stream",
  },
  uploads: {
    method: "GET",
    path: "/uploads",
    summary: "Lists file uploads",
    positional: { deviceId: optional(text()) },
    options: {},
    answer: list(ref("FileUpload")),
  },
  createBlobContainer: {
    method: "POST",
    path: "/blob-containers",
    summary: "Creates a blob container for imports and exports, and returns its URL with a SAS",
    positional: { name: text() },
    options: {},
    status: 201,
    answer: text(),
    answerIn: "uri",
  },
  readBlob: {
    method: "GET",
    path: "/blobs/{+blobName}",
    summary: "Returns the content of an uploaded blob",
    positional: { blobName: text("With the device id: `device/…`") },
    options: {},
    answer: text(),
    mediaType: "application/octet-stream",
  },
};
