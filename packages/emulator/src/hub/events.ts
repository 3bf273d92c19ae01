import type { JsonObject } from "@isohub/core";
import type { DisconnectReason, Transport } from "./session.ts";

/** Why a CONNECT was refused. */
export type RefusalReason =
  | "protocolLevel"
  | "malformedUserName"
  | "unknownHost"
  | "identityMismatch"
  | "unknownDevice"
  | "deviceDisabled"
  /** A token that is missing or not good enough. */
  | "badCredential"
  /** A token where a certificate is asked for, or the other way round. */
  | "authenticationMismatch"
  | "noCertificate"
  /** A certificate of the wrong thumbprint, name, authority or time; the detail says which. */
  | "badCertificate"
  | "badWill"
  /** `Emulator.faults`. */
  | "fault";

/** What happens to a message that was sent to a device or to an input of a module. */
export type DeliveryOutcome = "Success" | "Expired" | "DeliveryCountExceeded" | "Rejected" | "Purged";

/** What a device says of the end of an upload. */
export interface UploadNotification {
  readonly isSuccess: boolean;
  readonly statusCode: number;
  readonly statusDescription: string;
}

/** The body of each kind of event. */
interface HubEventBodies {
  deviceCreated: Record<never, never>;
  deviceUpdated: Record<never, never>;
  deviceDeleted: Record<never, never>;
  deviceConnected: { transport: Transport; remoteAddress: string; sessionPresent: boolean; clean: boolean };
  deviceDisconnected: { transport: Transport; reason: DisconnectReason; detail?: string };
  /** `returnCode` is missing when the connection was closed without a CONNACK. */
  connectionRefused: { reason: RefusalReason; returnCode?: number; detail: string };
  /** A keep-alive. */
  pingReceived: Record<never, never>;
  subscribed: { filter: string; granted: 0 | 1 | 128 };
  unsubscribed: { filter: string };
  telemetry: { sequenceNumber: number; bytes: number };
  c2dEnqueued: { messageId: string };
  c2dDelivered: { messageId: string; deliveryCount: number };
  c2dCompleted: { messageId: string; outcome: DeliveryOutcome };
  /** A PUBACK that is not for the oldest unacknowledged message; the hub ignores it. */
  c2dAckIgnored: { packetId: number };
  inputEnqueued: { inputName: string; messageId: string };
  inputDelivered: { inputName: string; messageId: string; deliveryCount: number };
  /** `Rejected` when the queue of the module was full. */
  inputCompleted: { inputName: string; messageId: string; outcome: DeliveryOutcome };
  /** A PUBACK that is not for the oldest unacknowledged message; the hub ignores it. */
  inputAckIgnored: { packetId: number };
  fileUploadStarted: { correlationId: string; blobName: string };
  fileUploadNotified: { correlationId: string; blobName: string } & UploadNotification;
  /** An HTTPS request of a device or module, or one that was to reach it, was answered with an error. */
  requestRefused: { path: string; status: number; detail: string };
  methodInvoked: { methodName: string; requestId: string };
  methodAnswered: { methodName: string; requestId: string; status: number };
  twinRead: Record<never, never>;
  twinReported: { version: number; patch: JsonObject };
  twinDesired: { version: number; patch: JsonObject };
  /** A twin request was answered with an error. */
  twinRefused: { status: number; detail: string };
  /** The provisioning service has turned a device away; `deviceId` is its registration id. */
  registrationRefused: { detail: string };
  /** A registration is at its end; `deviceId` is the registration id. */
  registrationDone: { status: string; assignedHub?: string; assignedDeviceId?: string; detail?: string };
}

/** The kinds of event. */
export type HubEventType = keyof HubEventBodies;

/** What every event says besides its own facts. */
interface HubEventHead<Type extends HubEventType> {
  readonly type: Type;
  /** When, ISO 8601 in UTC. */
  readonly at: string;
  /** The device, or what a refused client called itself. */
  readonly deviceId: string;
  readonly moduleId?: string;
}

/** Something that happened in the hub; `type` tells what. */
export type HubEvent = {
  [Type in HubEventType]: HubEventHead<Type> & Readonly<HubEventBodies[Type]>;
}[HubEventType];

/** The event of one type. */
export type HubEventOf<Type extends HubEventType> = Extract<HubEvent, { type: Type }>;

/** What a part of the hub says to make an event. */
export type EventBody<Type extends HubEventType> = Readonly<HubEventBodies[Type]>;
