import { HubError } from "../hub/hub-error.ts";
import { type Message, uuidText } from "./rhea/rhea.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Returns the application properties of a message. */
export function propertiesOf(message: Message): Fields {
  return (message["application_properties"] ?? {}) as Fields;
}

/** Returns the annotations of a message. */
export function annotationsOf(message: Message): Fields {
  return (message["message_annotations"] ?? {}) as Fields;
}

/**
 * Returns the bytes of a body: of data sections, or of a value that is a string or binary.
 *
 * @throws {HubError} ArgumentInvalid for any other body
 */
export function bodyOf(body: unknown): Uint8Array {
  if (body === undefined || body === null) return new Uint8Array();
  if (typeof body === "string") return Buffer.from(body);
  if (body instanceof Uint8Array) return new Uint8Array(body);
  const { typecode, content } = body as { typecode?: unknown; content?: unknown };
  const parts: unknown[] = Array.isArray(content) ? content : [content];
  if (typecode === 0x75 && parts.every((part) => part instanceof Uint8Array)) {
    return new Uint8Array(Buffer.concat(parts));
  }
  throw new HubError("ArgumentInvalid", "The message is not valid: its body must be data.");
}

/** Returns a property of a message, such as `content_type`, as text. */
export function propertyText(message: Message, name: string): string | undefined {
  return name === "message_id" || name === "correlation_id" ? idOf(message[name]) : textOf(message[name]);
}

/** Returns a message id as text: a UUID in its usual form. */
export function idOf(value: unknown): string | undefined {
  return Buffer.isBuffer(value) && value.length === 16 ? uuidText(value) : textOf(value);
}

/** Returns a value as text: binary as UTF-8. */
export function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return value instanceof Date ? value.toISOString() : String(value);
}
