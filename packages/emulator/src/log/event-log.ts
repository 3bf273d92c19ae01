import type { HubEvent, HubEventOf, HubEventType } from "../hub/events/events.ts";
import { escapeControls } from "./escape.ts";

const describe: { readonly [Type in HubEventType]: (event: HubEventOf<Type>) => string } = {
  deviceCreated: () => "registered",
  deviceUpdated: () => "registration changed",
  deviceDeleted: () => "deleted",
  deviceConnected: ({ transport, remoteAddress, sessionPresent }) =>
    `connected over ${transport} from ${remoteAddress}${sessionPresent ? ", session resumed" : ""}`,
  deviceDisconnected: ({ reason, detail }) => `disconnected: ${reason}${inParentheses(detail)}`,
  connectionRefused: ({ returnCode, detail }) =>
    returnCode === undefined
      ? `connection closed: ${detail}`
      : `connection refused with CONNACK ${returnCode}: ${detail}`,
  warning: ({ detail }) => `warning: ${detail}`,
  pingReceived: () => "ping",
  subscribed: ({ filter, granted }) =>
    granted === 128 ? `subscription refused: ${filter}` : `subscribed to ${filter} at QoS ${granted}`,
  unsubscribed: ({ filter }) => `unsubscribed from ${filter}`,
  telemetry: ({ sequenceNumber, bytes }) => `telemetry #${sequenceNumber}, ${bytes} bytes`,
  c2dEnqueued: ({ messageId }) => `message ${messageId} queued`,
  c2dDelivered: ({ messageId, deliveryCount }) => `message ${messageId} sent, delivery ${deliveryCount}`,
  c2dCompleted: ({ messageId, outcome }) => `message ${messageId} completed: ${outcome}`,
  c2dAckIgnored: ({ packetId }) => `PUBACK ${packetId} ignored: not for the oldest message`,
  inputEnqueued: ({ inputName, messageId }) => `message ${messageId} queued for input ${inputName}`,
  inputDelivered: ({ inputName, messageId, deliveryCount }) =>
    `message ${messageId} sent to input ${inputName}, delivery ${deliveryCount}`,
  inputCompleted: ({ inputName, messageId, outcome }) =>
    `message ${messageId} for input ${inputName} completed: ${outcome}`,
  inputAckIgnored: ({ packetId }) => `PUBACK ${packetId} ignored: not for the oldest message`,
  fileUploadStarted: ({ blobName }) => `upload of ${blobName} started`,
  fileUploadNotified: ({ blobName, isSuccess, statusCode, statusDescription }) =>
    `upload of ${blobName} ${isSuccess ? "succeeded" : "failed"}: ${statusCode} ${statusDescription}`.trim(),
  requestRefused: ({ path, status, detail }) => `${path}: status ${status}: ${detail}`,
  methodInvoked: ({ methodName, requestId }) => `method ${methodName} called, request ${requestId}`,
  methodAnswered: ({ methodName, requestId, status }) =>
    `method ${methodName} returned status ${status}, request ${requestId}`,
  twinRead: () => "twin read",
  twinReported: ({ version, patch }) => `reported properties version ${version}: ${shortJson(patch)}`,
  twinDesired: ({ version, patch }) => `desired properties version ${version}: ${shortJson(patch)}`,
  twinRefused: ({ status, detail }) => `twin request failed with status ${status}: ${detail}`,
  registrationRefused: ({ detail }) => `registration refused: ${detail}`,
  registrationDone: ({ status, assignedHub, assignedDeviceId, detail }) =>
    status === "assigned"
      ? `registered as ${assignedDeviceId} at ${assignedHub}`
      : `registration ${status}${detail === undefined ? "" : `: ${detail}`}`,
  hubJoined: ({ name, url }) => `hub ${name} has joined: ${url}`,
  hubLeft: ({ name, url, detail }) => `hub ${name} isn't joined: ${url}: ${detail}`,
};

/** Formats an event as a line for people: time, device, description. Control characters are escaped. */
export function logLine(event: HubEvent): string {
  const { deviceId, moduleId, at, type } = event;
  const identity = moduleId === undefined ? deviceId : `${deviceId}/${moduleId}`;
  // The compiler can't see that each function receives events of its type only.
  const describeEvent = describe[type] as (event: HubEvent) => string;
  return escapeControls(`${at.slice(11, 23)}  ${identity}  ${describeEvent(event)}`);
}

function inParentheses(detail: string | undefined): string {
  return detail === undefined ? "" : ` (${detail})`;
}

function shortJson(value: object): string {
  const json = JSON.stringify(value);
  return json.length <= 100 ? json : `${json.slice(0, 99)}…`;
}
