import { ArgumentError, mustBe } from "../errors.ts";
import { beginPacket, beginString, packetSize, putAscii, putBytes } from "../mqtt/packet-block.ts";
import { endPublish } from "../mqtt/publish-packet.ts";
import { bytesIn, isJsonObject, isUnicode, toJson } from "../util/json.ts";
import { encodePercent } from "../util/percent.ts";
import { utf8 } from "../util/text.ts";
import { type MessageFieldName, sentFields } from "./message-fields.ts";

/**
 * The largest telemetry message, in bytes: body, values of system properties, names and values of application properties.
 *
 * @source IoT Hub documentation, "Quotas and throttling": 256 KB for device-to-cloud messages
 */
export const largestMessageBytes = 262_144;

/** The space for properties in a topic, which has at most 65,535 bytes, next to the names of device and module. */
const largestBagBytes = 65_000;

/** The parts of a message that telemetry consists of. */
export interface MessageFields extends Readonly<Partial<Record<MessageFieldName, unknown>>> {
  readonly data: unknown;
  readonly customProperties: unknown;
}

/** The properties that have a default for a JSON body. */
const jsonFields = [...sentFields.values()].filter(({ jsonDefault }) => jsonDefault !== undefined);

/**
 * Encodes a message as it is now, so that later changes to it have no effect.
 *
 * @param outputName - overrides that of the message
 * @param prefix - the start of the topic
 * @returns a PUBLISH at QoS 1, without its packet id
 * @throws {ArgumentError} `message_too_large` above {@link largestMessageBytes}, or if the properties don't fit into a topic;
 * `invalid_argument` for a body without a JSON form, or a property that isn't a string
 */
export function encodeTelemetry(
  message: MessageFields,
  outputName: string | undefined,
  prefix: Uint8Array,
): Uint8Array {
  const body = bodyOf(message.data);
  beginPacket();
  beginString();
  putBytes(prefix);
  const bagAt = packetSize();
  const bytes = putProperties(
    outputName === undefined ? message : { ...message, outputName },
    isJson(message, body),
  );
  const bagBytes = packetSize() - bagAt;
  // A character takes at most three bytes: they are counted only where that matters.
  if (body.length * 3 + bytes > largestMessageBytes) {
    const size = bytesOf(body) + bytes;
    if (size > largestMessageBytes)
      throw tooLarge(
        `The message must have at most ${largestMessageBytes} bytes (256 KB) with its properties, got ${size}`,
        "Split the message, or upload large data as a file",
      );
  }
  if (bagBytes > largestBagBytes) {
    throw tooLarge(
      `The properties of the message must have at most ${largestBagBytes} bytes when encoded, got ${bagBytes}`,
      "Send large values in the body",
    );
  }
  return endPublish(body);
}

/** Computes the size of a message as the hub counts it, in bytes. */
export function messageSize(message: MessageFields): number {
  const body = bodyOf(message.data);
  beginPacket();
  return bytesOf(body) + putProperties(message, isJson(message, body));
}

/** Whether the body is the JSON form of the message's data: a string or bytes are sent unchanged. */
function isJson({ data }: MessageFields, body: Uint8Array | string): boolean {
  return typeof body === "string" && typeof data !== "string";
}

function bodyOf(data: unknown): Uint8Array | string {
  const name = "The body of the message";
  if (typeof data !== "string") return bytesIn(data) ?? toJson(name, data);
  if (isUnicode(data)) return data;
  throw new ArgumentError("invalid_argument", `${name} must be valid Unicode, got half of a surrogate pair`);
}

function bytesOf(body: Uint8Array | string): number {
  return (typeof body === "string" ? utf8(body) : body).length;
}

/** Writes the property bag of a message. @returns what the hub counts of it, in bytes: of a system property only the value */
function putProperties<TMessage extends MessageFields>(message: TMessage, isJsonBody: boolean): number {
  const { customProperties } = message;
  const bagAt = packetSize();
  let bytes = 0;
  try {
    // Looping over what the message has is twice as fast as reading it by the names of a table.
    for (const name in message) {
      // Each message has these two; a look into the table costs more than the comparison.
      if (name === "data" || name === "customProperties") continue;
      let value: unknown = message[name];
      if (value === undefined || value === "") continue;
      const field = sentFields.get(name);
      if (field === undefined || (value === null && field.jsonDefault !== undefined)) continue;
      const isTime = field.type === "time";
      if (isTime && value instanceof Date && !Number.isNaN(value.getTime())) value = value.toISOString();
      if (typeof value !== "string")
        throw notText(name, value, isTime ? "a valid Date or an ISO 8601 string" : "a string");
      bytes += putProperty(bagAt, field.key, value) - field.key.length;
    }
    if (isJsonBody) {
      for (const { name, key, jsonDefault = "" } of jsonFields)
        if ((message[name] ?? undefined) === undefined)
          bytes += putProperty(bagAt, key, jsonDefault) - key.length;
    }
    if (!isJsonObject(customProperties))
      throw notText("customProperties", customProperties, "an object of strings");
    for (const name in customProperties) {
      if (!Object.hasOwn(customProperties, name)) continue;
      let value = customProperties[name];
      if (typeof value === "number" || typeof value === "boolean") value = String(value);
      if (typeof value !== "string") throw notText(`customProperties['${name}']`, value);
      // The hub reads a component from "$.sub", which devices name dt-subject.
      bytes += putProperty(bagAt, name === "dt-subject" ? "$.sub" : name, value);
    }
  } catch (cause) {
    if (!(cause instanceof URIError)) throw cause;
    const rule = "A property of the message must be valid Unicode, got half of a surrogate pair";
    throw new ArgumentError("invalid_argument", rule, { cause });
  }
  return bytes;
}

/** @param bagAt - the start of the bag @returns the bytes of key and value */
function putProperty(bagAt: number, key: string, value: string): number {
  if (packetSize() > bagAt) putAscii("&");
  const bytes = putPercent(key);
  putAscii("=");
  return bytes + putPercent(value);
}

/** Writes a string, percent-encoded. @returns its bytes before that */
function putPercent(text: string): number {
  const encoded = encodePercent(text);
  putAscii(encoded);
  return encoded === text ? text.length : encoded.replace(/%../g, "%").length;
}

function notText(name: string, value: unknown, rule = "a string"): ArgumentError {
  return mustBe(`The message's ${name}`, value, rule);
}

function tooLarge(message: string, remediation: string): ArgumentError {
  return new ArgumentError("message_too_large", message, { remediation });
}
