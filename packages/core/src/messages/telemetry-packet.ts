import { ArgumentError, mustBe } from "../errors.ts";
import { beginPacket, beginString, packetSize, putByte, putBytes, putPercent } from "../mqtt/packet-block.ts";
import { endPublish } from "../mqtt/publish-packet.ts";
import { bytesIn, isJsonObject, isUnicode, toJson } from "../util/json.ts";
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
  const source = outputName === undefined ? message : { ...message, outputName };
  const parts: string[] = [];
  const uncounted = readProperties(source, body, parts);
  beginPacket();
  beginString();
  putBytes(prefix);
  const bagAt = packetSize();
  const bytes = putProperties(parts) - uncounted;
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
      `The properties of the message must have at most ${largestBagBytes} bytes, got ${bagBytes}`,
      "Send large values in the body",
    );
  }
  return endPublish(body);
}

/** Computes the size of a message as the hub counts it, in bytes. */
export function messageSize(message: MessageFields): number {
  const body = bodyOf(message.data);
  const parts: string[] = [];
  const uncounted = readProperties(message, body, parts);
  beginPacket();
  return bytesOf(body) + putProperties(parts) - uncounted;
}

function bodyOf(data: unknown): Uint8Array | string {
  // JSON refuses the others.
  if (typeof data === "string" && isUnicode(data)) return data;
  return bytesIn(data) ?? toJson("The body of the message", data);
}

function bytesOf(body: Uint8Array | string): number {
  return (typeof body === "string" ? utf8(body) : body).length;
}

/**
 * Reads the properties of a message before its packet begins, because a getter may send another message.
 *
 * @param parts - receives keys and values alternately
 * @returns the size of the keys that the hub doesn't count: those of system properties
 */
function readProperties<TMessage extends MessageFields>(
  message: TMessage,
  body: Uint8Array | string,
  parts: string[],
): number {
  let uncounted = 0;
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
    parts.push(field.key, value);
    uncounted += field.key.length;
  }
  // A JSON body: strings and bytes are sent unchanged.
  if (typeof body === "string" && typeof message.data !== "string") {
    for (const { name, key, jsonDefault = "" } of jsonFields) {
      if ((message[name] ?? undefined) !== undefined) continue;
      parts.push(key, jsonDefault);
      uncounted += key.length;
    }
  }
  const { customProperties } = message;
  if (!isJsonObject(customProperties))
    throw notText("customProperties", customProperties, "an object of strings");
  for (const name in customProperties) {
    if (!Object.hasOwn(customProperties, name)) continue;
    let value = customProperties[name];
    if (typeof value === "number" || typeof value === "boolean") value = String(value);
    if (typeof value !== "string") throw notText(`customProperties['${name}']`, value);
    // The hub reads a component from "$.sub", which devices name dt-subject.
    parts.push(name === "dt-subject" ? "$.sub" : name, value);
  }
  return uncounted;
}

/** Writes keys and values as a property bag. @returns their size before it is encoded, in bytes */
function putProperties(parts: readonly string[]): number {
  let bytes = 0;
  try {
    parts.forEach((part, at) => {
      // "&" and "=".
      if (at > 0) putByte(at % 2 === 0 ? 0x26 : 0x3d);
      bytes += putPercent(part);
    });
  } catch (cause) {
    if (!(cause instanceof URIError)) throw cause;
    const rule = "A property of the message must be valid Unicode, got half of a surrogate pair";
    throw new ArgumentError("invalid_argument", rule, { cause });
  }
  return bytes;
}

function notText(name: string, value: unknown, rule = "a string"): ArgumentError {
  return mustBe(`The message's ${name}`, value, rule);
}

function tooLarge(message: string, remediation: string): ArgumentError {
  return new ArgumentError("message_too_large", message, { remediation });
}
