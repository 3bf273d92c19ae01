import type { JsonObject } from "@isohub/core";
import type { DisconnectReason, Transport } from "../sessions/session.ts";

/** The reason why a CONNECT was refused. */
export type RefusalReason =
  | "protocolLevel"
  | "malformedUserName"
  | "unknownHost"
  | "identityMismatch"
  | "unknownDevice"
  | "deviceDisabled"
  /** The token is missing or not valid. */
  | "badCredential"
  /** The client presented a token instead of the required certificate, or vice versa. */
  | "authenticationMismatch"
  | "noCertificate"
  /** The certificate has the wrong thumbprint, name, authority or dates; `detail` names the problem. */
  | "badCertificate"
  | "badWill"
  /** Too many connections in a second for the tier of the hub. */
  | "throttled"
  /** The first bytes aren't a CONNECT, or not a valid one. */
  | "malformedPacket"
  /** `Emulator.faults`. */
  | "fault";

/** The outcome of a message to a device, or to an input of a module. */
export type DeliveryOutcome = "Success" | "Expired" | "DeliveryCountExceeded" | "Rejected" | "Purged";

/** The result of an upload, as its device reports it. */
export interface UploadNotification {
  readonly isSuccess: boolean;
  readonly statusCode: number;
  readonly statusDescription: string;
}

/**
 * The part of a client's request that the hub tolerates or ignores: a user name without `api-version`, a will that isn't
 * telemetry, a twin request that can't be answered, a response to a method call that no service waits for, or a request
 * to upgrade to another protocol than WebSocket.
 */
export type WarningSubject = "apiVersion" | "will" | "twinRequest" | "methodResponse" | "upgrade";

/** The body of each type of event. */
export interface HubEventBodies {
  deviceCreated: Record<never, never>;
  deviceUpdated: Record<never, never>;
  deviceDeleted: Record<never, never>;
  deviceConnected: { transport: Transport; remoteAddress: string; sessionPresent: boolean; clean: boolean };
  deviceDisconnected: { transport: Transport; reason: DisconnectReason; detail?: string };
  /** Without `returnCode` if the connection was closed without a CONNACK. */
  connectionRefused: { reason: RefusalReason; returnCode?: number; detail: string };
  /** The hub accepts something that a hub in Azure may refuse, or that has no effect. */
  warning: { about: WarningSubject; detail: string };
  /** The device sent PINGREQ. */
  pingReceived: Record<never, never>;
  subscribed: { filter: string; granted: 0 | 1 | 128 };
  unsubscribed: { filter: string };
  telemetry: { sequenceNumber: number; bytes: number };
  c2dEnqueued: { messageId: string };
  c2dDelivered: { messageId: string; deliveryCount: number };
  c2dCompleted: { messageId: string; outcome: DeliveryOutcome };
  /** The hub ignored a PUBACK, because it was not for the oldest unacknowledged message. */
  c2dAckIgnored: { packetId: number };
  inputEnqueued: { inputName: string; messageId: string };
  inputDelivered: { inputName: string; messageId: string; deliveryCount: number };
  /** The outcome is `Rejected` if the queue of the module was full. */
  inputCompleted: { inputName: string; messageId: string; outcome: DeliveryOutcome };
  /** The hub ignored a PUBACK, because it was not for the oldest unacknowledged message. */
  inputAckIgnored: { packetId: number };
  fileUploadStarted: { correlationId: string; blobName: string };
  fileUploadNotified: { correlationId: string; blobName: string } & UploadNotification;
  /** An HTTPS request of a device, module or service was answered with an error; `deviceId` is empty if it names none. */
  requestRefused: { path: string; status: number; detail: string };
  methodInvoked: { methodName: string; requestId: string };
  methodAnswered: { methodName: string; requestId: string; status: number };
  twinRead: Record<never, never>;
  twinReported: { version: number; patch: JsonObject };
  twinDesired: { version: number; patch: JsonObject };
  /** A twin request was answered with an error. */
  twinRefused: { status: number; detail: string };
  /** The provisioning service has refused a device; `deviceId` is its registration id. */
  registrationRefused: { detail: string };
  /** A registration has ended; `deviceId` is the registration id. */
  registrationDone: { status: string; assignedHub?: string; assignedDeviceId?: string; detail?: string };
  /** A hub of another process has joined this one, or this one another. `url` is the control API of the other hub. */
  hubJoined: { name: string; url: string };
  /** A hub of another process has left or can't be reached, or this one can't reach the hub that it has joined. */
  hubLeft: { name: string; url: string; detail: string };
}

/** The types of event. */
export type HubEventType = keyof HubEventBodies;

/** The fields of every event. */
export interface HubEventHead<Type extends HubEventType> {
  readonly type: Type;
  /** The time of the event, ISO 8601 in UTC. */
  readonly at: string;
  /** The device id; for a refused client, its client id. */
  readonly deviceId: string;
  readonly moduleId?: string;
}

/** An event in the hub, discriminated by `type`. */
export type HubEvent = {
  [Type in HubEventType]: HubEventHead<Type> & Readonly<HubEventBodies[Type]>;
}[HubEventType];

/** The event of one type. */
export type HubEventOf<Type extends HubEventType> = Extract<HubEvent, { type: Type }>;

/** The fields of one type of event, without those of every event. */
export type EventBody<Type extends HubEventType> = Readonly<HubEventBodies[Type]>;
