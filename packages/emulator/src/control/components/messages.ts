import type { SessionInfo } from "../../api/sessions.ts";
import type { FeedbackRecord } from "../../hub/deliveries/c2d.ts";
import type { EdgeRoute } from "../../hub/deliveries/edge-routes.ts";
import type { InputQueueItem } from "../../hub/deliveries/inputs.ts";
import type { QueueItem } from "../../hub/deliveries/queued-message.ts";
import type { UploadNotification } from "../../hub/events/events.ts";
import type { MethodResult } from "../../hub/methods.ts";
import type { FileUpload } from "../../hub/uploads.ts";
import {
  choice,
  count,
  type Field,
  type FieldsOf,
  flag,
  integer,
  json,
  nullable,
  object,
  optional,
  record,
  text,
  time,
} from "../../schema/schema.ts";
import type { EdgeEnvironment } from "../../workload/workloads.ts";
import type { TelemetryJson, WorkloadInfo } from "../control-methods.ts";

const string: Field<false> = text();
const status: Field<false> = integer(-2_147_483_648, 2_147_483_647);

const queueItem: FieldsOf<QueueItem> = {
  messageId: string,
  enqueuedTime: time(),
  expiryTime: time(),
  deliveryCount: count(),
  locked: flag(),
  lockedUntil: optional(time()),
};

/** The outcomes of messages from the hub. */
export const deliveryOutcome: Field<false> = choice(
  "Success",
  "Expired",
  "DeliveryCountExceeded",
  "Rejected",
  "Purged",
);

/** The transports of connections. */
export const transport: Field<false> = choice("tls", "tcp", "wss", "ws");

/** The end of a file upload, as reported by its device. */
export const uploadNotification: FieldsOf<UploadNotification> = {
  isSuccess: flag(),
  statusCode: status,
  statusDescription: string,
};

/** Schemas of messages, methods, file uploads, connections and IoT Edge features. */
export const messageComponents: Readonly<Record<string, Field<false>>> = {
  SentMessage: object<{ messageId: string }>({ messageId: string }),
  QueuedMessage: object<QueueItem>(queueItem),
  QueuedInputMessage: object<InputQueueItem>({ ...queueItem, inputName: string }),
  Feedback: object<FeedbackRecord>({
    originalMessageId: string,
    enqueuedTimeUtc: time(),
    statusCode: deliveryOutcome,
    description: string,
    deviceId: string,
    deviceGenerationId: string,
  }),
  Telemetry: object<TelemetryJson>({
    deviceId: string,
    moduleId: optional(string),
    body: string,
    bodyEncoding: choice("utf-8", "base64"),
    properties: record(nullable(string)),
    systemProperties: record(string),
    enqueuedTime: time(),
    sequenceNumber: count(),
    dup: optional(flag()),
  }),
  MethodResult: object<MethodResult>({ status, payload: optional(json()) }),
  Session: object<SessionInfo>({
    clientId: string,
    deviceId: string,
    moduleId: optional(string),
    transport,
    remoteAddress: string,
    connectedAt: time(),
    keepAlive: count(),
    clean: flag(),
    subscriptions: record(integer(0, 1)),
    userAgent: optional(string),
    modelId: optional(string),
    tokenExpiry: optional(time()),
  }),
  FileUpload: object<FileUpload>({
    deviceId: string,
    correlationId: string,
    blobName: string,
    state: choice("open", "succeeded", "failed", "expired"),
    startedTime: time(),
    expiryTime: time(),
    notification: optional(object<UploadNotification>(uploadNotification)),
  }),
  EdgeRoute: object<EdgeRoute>({
    id: string,
    from: object<EdgeRoute["from"]>({ deviceId: string, moduleId: string, output: optional(string) }),
    to: object<EdgeRoute["to"]>({ moduleId: string, input: string }),
  }),
  Workload: object<WorkloadInfo>({
    id: string,
    uri: string,
    generationId: string,
    apiVersion: string,
    environment: object<EdgeEnvironment>({
      IOTEDGE_WORKLOADURI: string,
      IOTEDGE_APIVERSION: string,
      IOTEDGE_IOTHUBHOSTNAME: string,
      IOTEDGE_GATEWAYHOSTNAME: string,
      IOTEDGE_DEVICEID: string,
      IOTEDGE_MODULEID: string,
      IOTEDGE_MODULEGENERATIONID: string,
      IOTEDGE_AUTHSCHEME: string,
    }),
  }),
};
