import { ArgumentError } from "../errors.ts";
import { utf8, utf8Length } from "../util/text.ts";
import { encodePropertyBag } from "./property-bag.ts";

/**
 * The most a telemetry message may hold, in bytes: body, values of system properties, names and values of application
 * properties together.
 *
 * @source IoT Hub documentation, "Quotas and throttling": 256 KB for device-to-cloud messages
 */
export const largestMessageBytes = 262_144;

/** A message as it goes over the wire, apart from the start of its topic. */
export interface TelemetryPacket {
  readonly bag: string;
  readonly payload: Uint8Array;
}

/** What of a message goes over the wire. */
export interface MessageFields {
  readonly data: unknown;
  readonly customProperties: unknown;
  readonly messageId: string | undefined;
  readonly correlationId: string | undefined;
  readonly userId: string | undefined;
  readonly to: string | undefined;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  readonly outputName: string | undefined;
  readonly iothubInterfaceId: string | undefined;
  readonly expiryTimeUtc: Date | string | undefined;
}

/**
 * Encodes a message for its topic and payload.
 *
 * @throws {ArgumentError} `message_too_large` above {@link largestMessageBytes}; `invalid_argument` for a body without
 * a JSON form or a property that is not a text
 */
export function encodeTelemetry(
  message: MessageFields,
  outputName: string | undefined = message.outputName,
): TelemetryPacket {
  const { payload, properties, size } = collect(message, outputName, largestMessageBytes);
  if (size > largestMessageBytes) throw tooLarge(size);
  try {
    return { bag: encodePropertyBag(properties), payload };
  } catch (cause) {
    throw new ArgumentError(
      "invalid_argument",
      "A property of the message has half of a surrogate pair, it must be valid Unicode",
      { cause },
    );
  }
}

/** The size of a message as the hub counts it, in bytes. */
export function messageSize(message: MessageFields): number {
  return collect(message, message.outputName, Number.POSITIVE_INFINITY).size;
}

function collect(
  message: MessageFields,
  outputName: string | undefined,
  limit: number,
): { payload: Uint8Array; properties: [string, string][]; size: number } {
  const { payload, isJson } = encodeBody(message.data, limit);
  const properties: [string, string][] = [];
  let size = payload.length;
  for (const [key, name, value] of systemProperties(message, outputName, isJson)) {
    if (value === undefined || value === "") continue;
    if (typeof value !== "string") throw notText(name, value);
    properties.push([key, value]);
    size += utf8Length(value);
  }
  const { customProperties } = message;
  if (typeof customProperties !== "object" || customProperties === null) {
    throw notText("customProperties", customProperties, "an object of texts");
  }
  for (const [key, value] of Object.entries(customProperties)) {
    const text = typeof value === "number" || typeof value === "boolean" ? String(value) : value;
    if (typeof text !== "string") throw notText(`customProperties['${key}']`, value);
    // "$.sub" is what the hub reads a component from; the name devices use for it is dt-subject.
    properties.push([key === "dt-subject" ? "$.sub" : key, text]);
    size += utf8Length(key) + utf8Length(text);
  }
  return { payload, properties, size };
}

function encodeBody(data: unknown, limit: number): { payload: Uint8Array; isJson: boolean } {
  // A copy: the caller may fill its buffer again while the message waits for the hub.
  if (data instanceof Uint8Array) return { payload: sized(data, limit).slice(), isJson: false };
  if (typeof data === "string") return { payload: utf8(sized(data, limit)), isJson: false };
  let json: string | undefined;
  let cause: unknown;
  try {
    json = JSON.stringify(data);
  } catch (error) {
    cause = error;
  }
  if (json === undefined) {
    throw new ArgumentError("invalid_argument", "The body of the message has no JSON form", { cause });
  }
  return { payload: utf8(sized(json, limit)), isJson: true };
}

/** Refuses what is far too large before it is copied. */
function sized<T extends { length: number }>(body: T, limit: number): T {
  if (body.length > limit) throw tooLarge(typeof body === "string" ? utf8Length(body) : body.length);
  return body;
}

function systemProperties(
  message: MessageFields,
  outputName: string | undefined,
  isJson: boolean,
): [key: string, name: string, value: unknown][] {
  const { expiryTimeUtc } = message;
  return [
    ["$.on", "outputName", outputName],
    ["$.mid", "messageId", message.messageId],
    ["$.cid", "correlationId", message.correlationId],
    ["$.uid", "userId", message.userId],
    ["$.to", "to", message.to],
    ["$.ct", "contentType", message.contentType ?? (isJson ? "application/json" : undefined)],
    ["$.ce", "contentEncoding", message.contentEncoding ?? (isJson ? "utf-8" : undefined)],
    ["$.ifid", "iothubInterfaceId", message.iothubInterfaceId],
    ["$.exp", "expiryTimeUtc", expiryTimeUtc instanceof Date ? isoTime(expiryTimeUtc) : expiryTimeUtc],
  ];
}

function isoTime(date: Date): string {
  if (Number.isNaN(date.getTime())) throw notText("expiryTimeUtc", date, "a valid Date or an ISO 8601 text");
  return date.toISOString();
}

function notText(name: string, value: unknown, what = "a text"): ArgumentError {
  const is = value === null ? "null" : typeof value;
  return new ArgumentError("invalid_argument", `The message's ${name} is ${is}, it must be ${what}`);
}

function tooLarge(size: number): ArgumentError {
  return new ArgumentError(
    "message_too_large",
    `The message has ${size} bytes with its properties, it must have at most ${largestMessageBytes} (256 KB)`,
    { remediation: "Split the message, or use file upload for large data" },
  );
}
