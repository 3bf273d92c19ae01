import { ArgumentError } from "../errors.ts";
import { copyBytes, copyText } from "../util/byte-pool.ts";
import { encodePercent } from "../util/percent.ts";
import { utf8Length } from "../util/text.ts";

/**
 * The most a telemetry message may hold, in bytes: body, values of system properties, names and values of application
 * properties together.
 *
 * @source IoT Hub documentation, "Quotas and throttling": 256 KB for device-to-cloud messages
 */
export const largestMessageBytes = 262_144;

/** What is left for properties in a topic, which has at most 65,535 bytes, beside the names of device and module. */
const largestBagBytes = 65_000;

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
 * Encodes a message for its topic and payload: what it is now, whatever becomes of it afterwards.
 *
 * @throws {ArgumentError} `message_too_large` above {@link largestMessageBytes}, or when the properties do not fit into
 * a topic; `invalid_argument` for a body without a JSON form or a property that is not a text
 */
export function encodeTelemetry(
  message: MessageFields,
  outputName: string | undefined = message.outputName,
): TelemetryPacket {
  const body = bodyOf(message.data);
  // Refused before it is copied, when it is far too large.
  if (body.length > largestMessageBytes) throw tooLarge(bytesOf(body));
  const payload = typeof body === "string" ? copyText(body) : copyBytes(body);
  const { bag, bytes } = encodeProperties(message, outputName);
  const size = payload.length + bytes;
  if (size > largestMessageBytes) throw tooLarge(size);
  if (bag.length > largestBagBytes) throw tooManyProperties(bag.length);
  return { bag, payload };
}

/** The size of a message as the hub counts it, in bytes. */
export function messageSize(message: MessageFields): number {
  return bytesOf(bodyOf(message.data)) + encodeProperties(message, message.outputName).bytes;
}

function bodyOf(data: unknown): Uint8Array | string {
  if (isRaw(data)) return data;
  let json: string | undefined;
  let cause: unknown;
  try {
    json = JSON.stringify(data);
  } catch (error) {
    cause = error;
  }
  if (json !== undefined) return json;
  throw new ArgumentError("invalid_argument", "The body of the message has no JSON form", { cause });
}

/** Whether a body goes as it is; all others go as JSON. */
function isRaw(data: unknown): data is Uint8Array | string {
  return typeof data === "string" || data instanceof Uint8Array;
}

function bytesOf(body: Uint8Array | string): number {
  return typeof body === "string" ? utf8Length(body) : body.length;
}

function encodeProperties(message: MessageFields, outputName: string | undefined): PropertyWriter {
  const properties = new PropertyWriter();
  const { expiryTimeUtc, customProperties } = message;
  const json = !isRaw(message.data);
  try {
    properties.addSystem("on", "outputName", outputName);
    properties.addSystem("mid", "messageId", message.messageId);
    properties.addSystem("cid", "correlationId", message.correlationId);
    properties.addSystem("uid", "userId", message.userId);
    properties.addSystem("to", "to", message.to);
    properties.addSystem("ct", "contentType", message.contentType ?? (json ? "application/json" : undefined));
    properties.addSystem("ce", "contentEncoding", message.contentEncoding ?? (json ? "utf-8" : undefined));
    properties.addSystem("ifid", "iothubInterfaceId", message.iothubInterfaceId);
    properties.addSystem(
      "exp",
      "expiryTimeUtc",
      expiryTimeUtc instanceof Date ? isoTime(expiryTimeUtc) : expiryTimeUtc,
    );
    if (typeof customProperties !== "object" || customProperties === null) {
      throw notText("customProperties", customProperties, "an object of texts");
    }
    for (const name of Object.keys(customProperties)) {
      properties.addCustom(name, Reflect.get(customProperties, name));
    }
  } catch (cause) {
    if (!(cause instanceof URIError)) throw cause;
    throw new ArgumentError(
      "invalid_argument",
      "A property of the message has half of a surrogate pair, it must be valid Unicode",
      { cause },
    );
  }
  return properties;
}

/** Writes the property bag of a message and counts what the hub counts of it. */
class PropertyWriter {
  bag = "";
  bytes = 0;

  /** Of a system property only the value counts. */
  addSystem(key: string, name: string, value: unknown): void {
    if (value === undefined || value === "") return;
    if (typeof value !== "string") throw notText(name, value);
    this.#add(`%24.${key}`, this.#encode(value));
  }

  addCustom(name: string, value: unknown): void {
    const text = typeof value === "number" || typeof value === "boolean" ? String(value) : value;
    if (typeof text !== "string") throw notText(`customProperties['${name}']`, value);
    const key = this.#encode(name);
    // "$.sub" is what the hub reads a component from; the name devices use for it is dt-subject.
    this.#add(key === "dt-subject" ? "%24.sub" : key, this.#encode(text));
  }

  #add(key: string, value: string): void {
    this.bag += this.bag === "" ? `${key}=${value}` : `&${key}=${value}`;
  }

  #encode(text: string): string {
    const encoded = encodePercent(text);
    // As long as it was, it has no character that takes more than a byte.
    this.bytes += encoded.length === text.length ? text.length : utf8Length(text);
    return encoded;
  }
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

function tooManyProperties(bytes: number): ArgumentError {
  return new ArgumentError(
    "message_too_large",
    `The message's properties have ${bytes} bytes as they go over MQTT, they must have at most ${largestBagBytes}`,
    { remediation: "Send large values in the body" },
  );
}
