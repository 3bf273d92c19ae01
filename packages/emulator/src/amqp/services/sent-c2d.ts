import type { C2dOptions, FeedbackRequest } from "../../hub/deliveries/c2d-message.ts";
import { HubError } from "../../hub/hub-error.ts";
import { segmentsOfAddress } from "../address.ts";
import { bodyOf, propertiesOf, propertyText, textOf } from "../message-fields.ts";
import type { Message } from "../rhea/rhea.ts";

/** A cloud-to-device message, as a service has sent it. */
export interface SentC2d {
  readonly deviceId: string;
  readonly body: Uint8Array;
  readonly options: C2dOptions;
}

const ackProperty = "iothub-ack";

/**
 * Reads a cloud-to-device message of a service.
 *
 * @throws {HubError} ArgumentInvalid, NotEmulated
 * @source IoT Hub documentation, "Send cloud-to-device messages from an IoT hub"
 */
export function readC2d(message: Message): SentC2d {
  const { [ackProperty]: ack, ...own } = propertiesOf(message);
  const expiry: unknown = message["absolute_expiry_time"];
  const text = (name: string): Record<string, string> => {
    const value = propertyText(message, name);
    return value === undefined ? {} : { [optionNames[name] ?? name]: value };
  };
  return {
    deviceId: deviceOf(message["to"]),
    body: bodyOf(message["body"]),
    options: {
      ...text("message_id"),
      ...text("correlation_id"),
      ...text("user_id"),
      ...text("content_type"),
      ...text("content_encoding"),
      ...(ack === undefined ? {} : { ack: String(ack).toLowerCase() as FeedbackRequest }),
      ...(expiry instanceof Date || typeof expiry === "number" ? { expiryTimeUtc: new Date(expiry) } : {}),
      properties: Object.fromEntries(Object.entries(own).map(([key, value]) => [key, textOf(value) ?? ""])),
    },
  };
}

const optionNames: Readonly<Record<string, string>> = {
  message_id: "messageId",
  correlation_id: "correlationId",
  user_id: "userId",
  content_type: "contentType",
  content_encoding: "contentEncoding",
};

function deviceOf(to: unknown): string {
  const [devices, deviceId, kind, ...more] = segmentsOfAddress(typeof to === "string" ? to : "");
  if (devices?.toLowerCase() !== "devices" || deviceId === undefined) {
    const got = typeof to === "string" ? `'${to}'` : typeof to;
    const rule = "to must be /devices/{id}/messages/devicebound";
    throw new HubError("ArgumentInvalid", `The message is not valid: ${rule}, got ${got}.`);
  }
  if (kind?.toLowerCase() === "modules" && more.length > 1) {
    throw new HubError("NotEmulated", "Cloud-to-device messages to modules aren't emulated.");
  }
  return deviceId;
}
