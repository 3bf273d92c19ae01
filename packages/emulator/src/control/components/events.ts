import type { EventBody, HubEventType } from "../../hub/events/events.ts";
import {
  choice,
  count,
  type Field,
  type Fields,
  type FieldsOf,
  flag,
  integer,
  objectOf,
  optional,
  record,
  text,
  time,
  variants,
} from "../../schema/schema.ts";
import { deliveryOutcome, transport, uploadNotification } from "./messages.ts";

const string: Field<false> = text();
const status: Field<false> = integer(-2_147_483_648, 2_147_483_647);
const queued = { messageId: string };
const sent = { messageId: string, deliveryCount: count() };
const completed = { messageId: string, outcome: deliveryOutcome };
const patch = { version: count(), patch: record() };
const failure = { status, detail: string };

const bodies: { readonly [Type in HubEventType]: FieldsOf<EventBody<Type>> } = {
  deviceCreated: {},
  deviceUpdated: {},
  deviceDeleted: {},
  deviceConnected: { transport, remoteAddress: string, sessionPresent: flag(), clean: flag() },
  deviceDisconnected: {
    transport,
    reason: choice(
      "clientDisconnect",
      "connectionLost",
      "keepAliveTimeout",
      "slowReader",
      "takenOver",
      "tokenExpired",
      "deviceDisabled",
      "deviceDeleted",
      "kicked",
      "protocolError",
      "fault",
      "hubStopped",
    ),
    detail: optional(string),
  },
  connectionRefused: {
    reason: choice(
      "protocolLevel",
      "malformedUserName",
      "unknownHost",
      "identityMismatch",
      "unknownDevice",
      "deviceDisabled",
      "badCredential",
      "authenticationMismatch",
      "noCertificate",
      "badCertificate",
      "badWill",
      "throttled",
      "malformedPacket",
      "fault",
    ),
    returnCode: optional(integer(1, 5)),
    detail: string,
  },
  pingReceived: {},
  subscribed: { filter: string, granted: count() },
  unsubscribed: { filter: string },
  telemetry: { sequenceNumber: count(), bytes: count() },
  c2dEnqueued: queued,
  c2dDelivered: sent,
  c2dCompleted: completed,
  warning: {
    about: choice("apiVersion", "will", "twinRequest", "methodResponse", "upgrade"),
    detail: string,
  },
  c2dAckIgnored: { packetId: count() },
  inputEnqueued: { inputName: string, ...queued },
  inputDelivered: { inputName: string, ...sent },
  inputCompleted: { inputName: string, ...completed },
  inputAckIgnored: { packetId: count() },
  fileUploadStarted: { correlationId: string, blobName: string },
  fileUploadNotified: { correlationId: string, blobName: string, ...uploadNotification },
  requestRefused: { path: string, ...failure },
  methodInvoked: { methodName: string, requestId: string },
  methodAnswered: { methodName: string, requestId: string, status },
  twinRead: {},
  twinReported: patch,
  twinDesired: patch,
  twinRefused: failure,
  registrationRefused: { detail: string },
  registrationDone: {
    status: string,
    assignedHub: optional(string),
    assignedDeviceId: optional(string),
    detail: optional(string),
  },
  hubJoined: { name: string, url: string },
  hubLeft: { name: string, url: string, detail: string },
};

/** The schema of events. */
export const event: Field<false> = variants(
  "type",
  ...Object.entries<Fields>(bodies).map(([type, body]) =>
    objectOf({ type: choice(type), at: time(), deviceId: string, moduleId: optional(string), ...body }),
  ),
);
