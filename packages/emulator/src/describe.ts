import type { HubEvent, HubEventType } from "./hub/events.ts";

type Wording = { readonly [Type in HubEventType]: (event: Extract<HubEvent, { type: Type }>) => string };

const wording: Wording = {
  deviceCreated: () => "registered",
  deviceUpdated: () => "changed in the registry",
  deviceDeleted: () => "deleted",
  deviceConnected: ({ transport, remoteAddress, sessionPresent }) =>
    `connected over ${transport} from ${remoteAddress}${sessionPresent ? ", session resumed" : ""}`,
  deviceDisconnected: ({ reason, detail }) =>
    `disconnected: ${reason}${detail === undefined ? "" : ` (${detail})`}`,
  connectionRefused: ({ returnCode, detail }) =>
    returnCode === undefined ? `refused: ${detail}` : `refused with CONNACK ${returnCode}: ${detail}`,
  pingReceived: () => "ping",
  subscribed: ({ filter, granted }) =>
    granted === 128 ? `subscription refused: ${filter}` : `subscribed to ${filter} at QoS ${granted}`,
  unsubscribed: ({ filter }) => `unsubscribed from ${filter}`,
  telemetry: ({ sequenceNumber, bytes }) => `telemetry #${sequenceNumber}, ${bytes} bytes`,
  c2dEnqueued: ({ messageId }) => `message ${messageId} queued for the device`,
  c2dDelivered: ({ messageId, deliveryCount }) => `message ${messageId} delivered, try ${deliveryCount}`,
  c2dCompleted: ({ messageId, outcome }) => `message ${messageId} done: ${outcome}`,
  c2dAckIgnored: ({ packetId }) => `PUBACK ${packetId} ignored, it is not for the oldest message`,
  inputEnqueued: ({ inputName, messageId }) => `message ${messageId} queued for the input ${inputName}`,
  inputDelivered: ({ inputName, messageId, deliveryCount }) =>
    `message ${messageId} delivered to the input ${inputName}, try ${deliveryCount}`,
  inputCompleted: ({ inputName, messageId, outcome }) =>
    `message ${messageId} to the input ${inputName} done: ${outcome}`,
  inputAckIgnored: ({ packetId }) => `PUBACK ${packetId} ignored, it is not for the oldest message`,
  fileUploadStarted: ({ blobName }) => `upload of ${blobName} begun`,
  fileUploadNotified: ({ blobName, isSuccess, statusCode, statusDescription }) =>
    `upload of ${blobName} ${isSuccess ? "done" : "failed"}: ${statusCode} ${statusDescription}`.trim(),
  requestRefused: ({ path, status, detail }) => `${path} answered with ${status}: ${detail}`,
  methodInvoked: ({ methodName, requestId }) => `method ${methodName} called, request ${requestId}`,
  methodAnswered: ({ methodName, requestId, status }) =>
    `method ${methodName} answered with ${status}, request ${requestId}`,
  twinRead: () => "twin read",
  twinReported: ({ version, patch }) => `reported properties, version ${version}: ${short(patch)}`,
  twinDesired: ({ version, patch }) => `desired properties, version ${version}: ${short(patch)}`,
  registrationRefused: ({ detail }) => `not let in to register: ${detail}`,
  registrationDone: ({ status, assignedHub, assignedDeviceId, detail }) =>
    status === "assigned"
      ? `registered as ${assignedDeviceId} at ${assignedHub}`
      : `registration ${status}${detail === undefined ? "" : `: ${detail}`}`,
  twinRefused: ({ status, detail }) => `twin request answered with ${status}: ${detail}`,
};

/** An event as a line for people: time, device, what happened. */
export function describeEvent(event: HubEvent): string {
  const { deviceId, moduleId, at, type } = event;
  const who = moduleId === undefined ? deviceId : `${deviceId}/${moduleId}`;
  // The compiler does not see that the wording of a type is given an event of that type.
  const say = wording[type] as (event: HubEvent) => string;
  return `${at.slice(11, 23)}  ${who}  ${say(event)}`;
}

function short(value: object): string {
  const text = JSON.stringify(value);
  return text.length <= 100 ? text : `${text.slice(0, 99)}…`;
}
