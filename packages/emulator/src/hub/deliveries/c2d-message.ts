import { encodePercent, encodePropertyBag, utf8, utf8Length } from "@isohub/core/internal";
import { HubError } from "../hub-error.ts";
import { jsonBytes } from "../json.ts";
import { type MessageProperties, systemEntries } from "../telemetry/system-properties.ts";
import type { QueuedMessage } from "./queued-message.ts";

/** The outcomes of a message that the sender wants feedback for. */
export type FeedbackRequest = "none" | "positive" | "negative" | "full";

/** The properties of a cloud-to-device message. */
export interface C2dOptions extends MessageProperties {
  /** Up to 128 characters; a new UUID by default. */
  messageId?: string;
  /** The time at which the message expires, as ISO 8601 or a date: in one hour by default, in two days at most. */
  expiryTimeUtc?: string | Date;
  /** `none` by default. */
  ack?: FeedbackRequest;
  /** The application properties. */
  properties?: Readonly<Record<string, string>>;
}

/** A message for a device. */
export interface C2dMessage extends QueuedMessage {
  readonly ack: FeedbackRequest;
}

const maxBytes = 64 * 1024;
const defaultTimeToLiveMs = 3_600_000;
const maxTimeToLiveMs = 2 * 24 * 3_600_000;
// The characters that the hub accepts in names and values.
const propertyRule = /^[A-Za-z0-9!#$%&'*+\-.^_`|~]*$/;

/**
 * Creates a message, with the checks of the hub.
 *
 * @throws {HubError} ArgumentInvalid, MessageTooLarge
 * @source IoT Hub documentation, "Send cloud-to-device messages from an IoT hub"
 */
export function makeC2dMessage(
  deviceId: string,
  body: string | Uint8Array | object,
  options: C2dOptions,
  now: number,
): C2dMessage {
  const bytes = body instanceof Uint8Array ? body : typeof body === "string" ? utf8(body) : jsonBytes(body);
  const messageId = options.messageId ?? crypto.randomUUID();
  if (messageId.length > 128)
    throw invalid(`messageId must have up to 128 characters, got ${messageId.length}`);
  const ack = options.ack ?? "none";
  if (!["none", "positive", "negative", "full"].includes(ack)) {
    throw invalid(`ack must be none, positive, negative or full, got '${ack}'`);
  }
  const properties = Object.entries(options.properties ?? {});
  for (const [key, value] of properties) {
    if (key === "" || !propertyRule.test(key))
      throw invalid(`the property name '${key}' has a character that isn't allowed`);
    if (typeof value !== "string" || !propertyRule.test(value)) {
      throw invalid(`the value of the property '${key}' must be a string of allowed characters`);
    }
  }
  const size = properties.reduce(
    (sum, [key, value]) => sum + utf8Length(key) + utf8Length(value),
    bytes.length,
  );
  if (size > maxBytes)
    throw new HubError("MessageTooLarge", `The message must be up to ${maxBytes} bytes, got ${size}.`);
  return {
    messageId,
    body: bytes,
    ack,
    ...expiry(options, now),
    topic: `devices/${deviceId}/messages/devicebound/${bagOf(deviceId, messageId, ack, options)}`,
  };
}

function bagOf(deviceId: string, messageId: string, ack: FeedbackRequest, options: C2dOptions): string {
  const { expiryTimeUtc: expiry, properties = {} } = options;
  const to = `/devices/${encodePercent(deviceId)}/messages/deviceBound`;
  // The hub writes these two first.
  const system = systemEntries({ messageId, to });
  const expiryTimeUtc = expiry instanceof Date ? expiry.toISOString() : expiry;
  system.push(...systemEntries({ ...options, messageId: undefined, expiryTimeUtc }));
  if (ack !== "none") system.push(["iothub-ack", ack]);
  return encodePropertyBag([...system, ...Object.entries(properties)]);
}

function expiry(options: C2dOptions, now: number): { expiresAt: number } {
  if (options.expiryTimeUtc === undefined) return { expiresAt: now + defaultTimeToLiveMs };
  const at = new Date(options.expiryTimeUtc).getTime();
  if (Number.isNaN(at)) throw invalid(`expiryTimeUtc must be a date, got '${options.expiryTimeUtc}'`);
  if (at > now + maxTimeToLiveMs) throw invalid("expiryTimeUtc must be within two days");
  return { expiresAt: at };
}

function invalid(rule: string): HubError {
  return new HubError("ArgumentInvalid", `The message is not valid: ${rule}.`);
}
