import { ArgumentError, mustBe } from "../errors.ts";
import { copyBytes } from "../util/byte-pool.ts";
import { toJson } from "../util/json.ts";
import { encodePercent } from "../util/percent.ts";
import { utf8 } from "../util/text.ts";
import { systemFields } from "./system-fields.ts";

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
  readonly payload: Uint8Array | string;
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
  const { bag, bytes } = encodeProperties(message, outputName);
  // A character takes three bytes at most: they are counted only where that matters.
  if (body.length * 3 + bytes > largestMessageBytes) {
    const size = bytesOf(body) + bytes;
    if (size > largestMessageBytes) throw bodyTooLarge(size);
  }
  if (bag.length > largestBagBytes) {
    throw tooLarge(bag.length, "of encoded properties", largestBagBytes, "Send large values in the body");
  }
  // A text is encoded as it is sent; bytes are the application's to change again.
  return { bag, payload: typeof body === "string" ? body : copyBytes(body) };
}

/** The size of a message as the hub counts it, in bytes. */
export function messageSize(message: MessageFields): number {
  return bytesOf(bodyOf(message.data)) + encodeProperties(message, message.outputName).bytes;
}

/** Whether a body goes as it is; all others go as JSON. */
function isRaw(data: unknown): data is Uint8Array | string {
  return typeof data === "string" || data instanceof Uint8Array;
}

function bodyOf(data: unknown): Uint8Array | string {
  return isRaw(data) ? data : toJson("The body of the message", data);
}

function bytesOf(body: Uint8Array | string): number {
  return (typeof body === "string" ? utf8(body) : body).length;
}

/** The property bag of a message, and what the hub counts of it: of a system property only the value. */
function encodeProperties(
  message: MessageFields,
  outputName: string | undefined,
): { bag: string; bytes: number } {
  const { data, customProperties } = message;
  let bag = "";
  let bytes = 0;
  const add = (key: string, text: string): void => {
    bag += `${bag === "" ? "" : "&"}${key}=${encode(text)}`;
  };
  const encode = (text: string): string => {
    const encoded = encodePercent(text);
    bytes += encoded.length;
    // Each escape is three characters for one byte.
    if (encoded.length > text.length)
      for (let at = encoded.indexOf("%"); at >= 0; at = encoded.indexOf("%", at + 1)) bytes -= 2;
    return encoded;
  };
  const isRawBody = isRaw(data);
  // In the order in which they are written. Each is read by its name: a loop over names takes a third longer for it all.
  const system: Record<string, unknown> = {
    on: outputName,
    mid: message.messageId,
    cid: message.correlationId,
    uid: message.userId,
    to: message.to,
    ct: message.contentType ?? (isRawBody ? undefined : "application/json"),
    ce: message.contentEncoding ?? (isRawBody ? undefined : "utf-8"),
    ifid: message.iothubInterfaceId,
    exp: message.expiryTimeUtc,
  };
  try {
    for (const key in system) {
      let value = system[key];
      if (value === undefined || value === "") continue;
      const isTime = key === "exp";
      if (isTime && value instanceof Date && !Number.isNaN(value.getTime())) value = value.toISOString();
      if (typeof value !== "string") {
        const must = isTime ? "a valid Date or an ISO 8601 text" : "a text";
        throw notText(systemFields.get(`$.${key}`) ?? "outputName", value, must);
      }
      add(`%24.${key}`, value);
    }
    if (typeof customProperties !== "object" || customProperties === null) {
      throw notText("customProperties", customProperties, "an object of texts");
    }
    for (const name of Object.keys(customProperties)) {
      let value: unknown = Reflect.get(customProperties, name);
      if (typeof value === "number" || typeof value === "boolean") value = String(value);
      if (typeof value !== "string") throw notText(`customProperties['${name}']`, value);
      const key = encode(name);
      // "$.sub" is what the hub reads a component from; the name devices use for it is dt-subject.
      add(key === "dt-subject" ? "%24.sub" : key, value);
    }
  } catch (cause) {
    if (!(cause instanceof URIError)) throw cause;
    const half = "A property of the message has half of a surrogate pair, it must be valid Unicode";
    throw new ArgumentError("invalid_argument", half, { cause });
  }
  return { bag, bytes };
}

function notText(name: string, value: unknown, must = "a text"): ArgumentError {
  return mustBe(`The message's ${name}`, value, must);
}

function bodyTooLarge(bytes: number): ArgumentError {
  const most = `${largestMessageBytes} (256 KB)`;
  return tooLarge(bytes, "with its properties", most, "Split the message, or use file upload for large data");
}

function tooLarge(bytes: number, what: string, most: number | string, remediation: string): ArgumentError {
  return new ArgumentError(
    "message_too_large",
    `The message has ${bytes} bytes ${what}, it must have at most ${most}`,
    { remediation },
  );
}
