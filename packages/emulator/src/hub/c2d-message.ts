import { encodePercent, encodePropertyBag, utf8, utf8Length } from "@isohub/core/internal";
import type { QueuedMessage } from "./delivery-queue.ts";
import { HubError } from "./hub-error.ts";
import { jsonBytes } from "./json.ts";

/** Which outcomes of a message the sender wants to hear of. */
export type FeedbackRequest = "none" | "positive" | "negative" | "full";

/** What a cloud-to-device message carries besides its body. */
export interface C2dOptions {
  /** A fresh UUID when left out; 128 characters at most. */
  messageId?: string;
  correlationId?: string;
  userId?: string;
  contentType?: string;
  contentEncoding?: string;
  /** When the message dies, ISO 8601 or a date; one hour from now when left out, two days at most. */
  expiryTimeUtc?: string | Date;
  /** `none` when left out. */
  ack?: FeedbackRequest;
  properties?: Readonly<Record<string, string>>;
}

/** A message for a device. */
export interface C2dMessage extends QueuedMessage {
  readonly ack: FeedbackRequest;
}

const maxBytes = 64 * 1024;
const defaultTimeToLiveMs = 3_600_000;
const maxTimeToLiveMs = 2 * 24 * 3_600_000;
// ASCII letters and digits and these; the hub takes nothing else in names and values.
const propertyRule = /^[A-Za-z0-9!#$%&'*+\-.^_`|~]*$/;

/**
 * Builds a message as the hub would accept it.
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
  if (messageId.length > 128) throw invalid("messageId must have 128 characters at most");
  const ack = options.ack ?? "none";
  if (!["none", "positive", "negative", "full"].includes(ack)) {
    throw invalid(`ack must be none, positive, negative or full, got '${ack}'`);
  }
  const properties = Object.entries(options.properties ?? {});
  for (const [key, value] of properties) {
    if (key === "" || !propertyRule.test(key))
      throw invalid(`the property name '${key}' has a forbidden character`);
    if (typeof value !== "string" || !propertyRule.test(value)) {
      throw invalid(`the value of the property '${key}' must be a text of allowed characters`);
    }
  }
  const size = properties.reduce(
    (sum, [key, value]) => sum + utf8Length(key) + utf8Length(value),
    bytes.length,
  );
  if (size > maxBytes)
    throw new HubError("MessageTooLarge", `The message is ${size} bytes, the limit is ${maxBytes}.`);
  return {
    messageId,
    body: bytes,
    ack,
    ...expiry(options, now),
    topic: `devices/${deviceId}/messages/devicebound/${bagOf(deviceId, messageId, ack, options)}`,
  };
}

function bagOf(deviceId: string, messageId: string, ack: FeedbackRequest, options: C2dOptions): string {
  const exp = options.expiryTimeUtc;
  const system: [string, string | undefined][] = [
    ["$.mid", messageId],
    ["$.to", `/devices/${encodePercent(deviceId)}/messages/deviceBound`],
    ["$.cid", options.correlationId],
    ["$.uid", options.userId],
    ["$.exp", exp instanceof Date ? exp.toISOString() : exp],
    ["$.ct", options.contentType],
    ["$.ce", options.contentEncoding],
    ["iothub-ack", ack === "none" ? undefined : ack],
  ];
  const set = system.filter((entry): entry is [string, string] => entry[1] !== undefined);
  return encodePropertyBag([...set, ...Object.entries(options.properties ?? {})]);
}

function expiry(options: C2dOptions, now: number): { expiresAt: number } {
  if (options.expiryTimeUtc === undefined) return { expiresAt: now + defaultTimeToLiveMs };
  const at = new Date(options.expiryTimeUtc).getTime();
  if (Number.isNaN(at)) throw invalid(`expiryTimeUtc '${options.expiryTimeUtc}' is not a date`);
  if (at > now + maxTimeToLiveMs) throw invalid("expiryTimeUtc is more than two days away");
  return { expiresAt: at };
}

function invalid(rule: string): HubError {
  return new HubError("ArgumentInvalid", `The message is not valid: ${rule}.`);
}
