import type { EmulatorMessages } from "../../api/messages.ts";
import type { EmulatorMethods } from "../../api/methods.ts";
import type { EmulatorTwins } from "../../api/twins.ts";
import {
  bytes,
  choice,
  count,
  type Field,
  integer,
  json,
  list,
  optional,
  record,
  ref,
  text,
} from "../../schema/schema.ts";
import { messageProperties } from "../components/message-properties.ts";
import type { ControlMethods } from "../control-methods.ts";
import type { Operations } from "../operation.ts";

type Messages = Omit<EmulatorMessages, "telemetry" | "waitForTelemetry"> &
  Pick<ControlMethods, "telemetry"> &
  EmulatorMethods &
  Pick<EmulatorTwins, "getTwin" | "patchTwin">;

const deviceId: Field<false> = text();
const identity: Field<false> = text();

/** Operations on messages, methods and twins. */
export const messageOperations: Operations<Messages> = {
  sendC2d: {
    method: "POST",
    path: "/devices/{deviceId}/c2d",
    summary: "Sends a cloud-to-device message",
    positional: { deviceId, body: bytes(record(), list(json())) },
    options: {
      ...messageProperties,
      expiryTimeUtc: optional(text()),
      ack: optional(choice("none", "positive", "negative", "full"), "none"),
      properties: optional(record(text())),
    },
    status: 202,
    answer: ref("SentMessage"),
  },
  c2dQueue: {
    method: "GET",
    path: "/devices/{deviceId}/c2d",
    summary: "Lists the cloud-to-device messages queued for a device",
    positional: { deviceId },
    options: {},
    answer: list(ref("QueuedMessage")),
  },
  purgeC2d: {
    method: "DELETE",
    path: "/devices/{deviceId}/c2d",
    summary: "Discards the cloud-to-device messages queued for a device",
    positional: { deviceId },
    options: {},
    answer: count(),
    answerIn: "purged",
  },
  feedback: {
    method: "GET",
    path: "/feedback",
    summary: "Lists the outcomes of messages sent with `ack`",
    positional: {},
    options: {},
    answer: list(ref("Feedback")),
  },
  telemetry: {
    method: "GET",
    path: "/telemetry",
    summary: "Lists telemetry, and can wait for it to arrive",
    positional: { identity: optional(identity) },
    options: {
      after: optional(integer(0, Number.MAX_SAFE_INTEGER, "Only messages with a higher sequence number"), 0),
      limit: optional(integer(1, 1_000_000, "The largest number of messages")),
      waitMs: optional(integer(0, 86_400_000, "How long to wait for messages, in milliseconds"), 0),
      count: optional(integer(1, 1_000_000, "Stop waiting after this many messages"), 1),
      encoding: optional(choice("base64")),
    },
    answer: list(ref("Telemetry")),
  },
  invokeMethod: {
    method: "POST",
    path: "/devices/{identity}/methods",
    summary: "Calls a direct method",
    positional: { identity, methodName: text(), payload: optional(json()) },
    options: {
      responseTimeoutInSeconds: optional(integer(5, 300), 30),
      connectTimeoutInSeconds: optional(integer(0, 300), 0),
    },
    answer: ref("MethodResult"),
  },
  getTwin: {
    method: "GET",
    path: "/devices/{identity}/twin",
    summary: "Returns the twin as a service sees it",
    positional: { identity },
    options: {},
    answer: ref("Twin"),
  },
  patchTwin: {
    method: "PATCH",
    path: "/devices/{identity}/twin",
    summary: "Merges a patch into the tags and the desired properties",
    positional: { identity },
    options: { tags: optional(record()), desired: optional(record()) },
    answer: ref("Twin"),
  },
};
