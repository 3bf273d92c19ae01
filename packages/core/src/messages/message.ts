import { isInstance } from "../brand.ts";
import { mustBe } from "../errors.ts";
import { bytesIn, toJson } from "../util/json.ts";
import { fromUtf8 } from "../util/text.ts";
import { isSentField, type SentFieldName } from "./message-fields.ts";
import { messageSize } from "./telemetry-packet.ts";

/** Any value with a JSON form. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/**
 * An object whose JSON form contains all of it, as far as types can express it: no promise, `Map`, `Set`, iterator, stream or `Blob`.
 * Arrays are included.
 */
export type JsonSource =
  | readonly unknown[]
  | (object & NoneOfThese)
  // Property names of arrays and views, such as `at`, can have any value.
  | (Readonly<Record<string, unknown>> & NoneOfThese);

interface NoneOfThese {
  readonly then?: NotCallable;
  readonly pipe?: NotCallable;
  readonly getReader?: NotCallable;
  readonly arrayBuffer?: NotCallable;
  readonly apply?: NotCallable;
  readonly [Symbol.iterator]?: never;
  readonly [Symbol.asyncIterator]?: never;
  readonly [Symbol.match]?: never;
  readonly [Symbol.toStringTag]?: never;
}

type NotCallable = string | number | boolean | null | { readonly apply?: never } | undefined;

/** The body of a message: bytes in any buffer or view, a string, or a value with a JSON form. */
export type MessageData = ArrayBufferView | ArrayBufferLike | JsonValue | JsonSource;

/** The properties that a message can be created with: those of {@link Message} that a device may set. */
export interface MessageOptions
  extends Partial<
    Pick<
      Message,
      | "outputName"
      | "messageId"
      | "correlationId"
      | "userId"
      | "to"
      | "contentType"
      | "contentEncoding"
      | "iothubInterfaceId"
      | "expiryTimeUtc"
    >
  > {
  /** Application properties. Default: none. */
  customProperties?: Record<string, string> | undefined;
}

/**
 * A message to the hub (telemetry) or from it.
 *
 * Telemetry is sent unchanged if `data` is bytes (any `ArrayBuffer`, `SharedArrayBuffer` or view), as UTF-8 if it is a string, and
 * otherwise as JSON. A value that JSON would change, such as NaN or a `Map`, is rejected. JSON is marked as
 * `application/json` and `utf-8`, unless the message has its own content type and encoding: the hub can route on the body only
 * if it is marked. The `data` of a message from the hub is always bytes.
 *
 * @example
 * const message = new Message({ temperature: 21.5 });
 * message.customProperties.room = "kitchen";
 * await client.sendMessage(message);
 *
 * @source Python `Message`
 */
export class Message<TData = MessageData> {
  protected static readonly brand: symbol = Symbol.for("isohub.Message");
  /** The body. */
  data: TData;
  /** Application properties. Names and values are strings, and both count towards the size of a message. */
  customProperties: Record<string, string>;
  // Telemetry has its properties in this order.
  /** The output by which a module sends the message. */
  outputName: string | undefined;
  /** An id of at most 128 characters; the hub doesn't remove duplicates. */
  messageId: string | undefined;
  /** The id of the message that this one answers, or anything else that connects messages. */
  correlationId: string | undefined;
  /** The user or component that the message is from. */
  userId: string | undefined;
  /** The address of a cloud-to-device message. */
  to: string | undefined;
  /** `application/json`, so that the hub can route on the body. */
  contentType: string | undefined;
  /** `utf-8`, `utf-16` or `utf-32`, so that the hub can route on the body. */
  contentEncoding: string | undefined;
  /** Marks a security message: set by `setAsSecurityMessage()`. */
  iothubInterfaceId: string | undefined;
  /** The time after which the hub may drop the message unread: a `Date`, or a string in ISO 8601. */
  expiryTimeUtc: Date | string | undefined;
  /** The feedback that the sender of a cloud-to-device message requested: `none`, `positive`, `negative` or `full`. */
  ack: string | undefined;
  /** The input by which a module received the message. */
  inputName: string | undefined;

  constructor(data: TData, options: MessageOptions = {}) {
    this.data = data;
    this.customProperties = options.customProperties ?? {};
    for (const name in options)
      if (isSentField(name)) (this as Partial<Record<SentFieldName, unknown>>)[name] = options[name];
  }

  /** Marks the message for Defender for IoT. */
  setAsSecurityMessage(): void {
    this.iothubInterfaceId = "urn:azureiot:Security:SecurityAgent:1";
  }

  /**
   * Computes the size that the hub counts, in bytes: body, values of system properties, names and values of application
   * properties. (Python counts the memory that its objects take.)
   *
   * @throws {ArgumentError} `invalid_argument` if the message can't be sent
   * @source Python `get_size`
   */
  getSize(): number {
    return messageSize(this);
  }

  /**
   * Returns the body as a string.
   *
   * @throws {TypeError} if it is bytes that aren't UTF-8; {@link ArgumentError} `invalid_argument` for a value without a JSON form
   */
  text(): string {
    const { data } = this;
    if (typeof data === "string") return data;
    const bytes = bytesIn(data);
    return bytes ? fromUtf8(bytes) : toJson("The body of the message", data);
  }

  /** Parses the body as JSON. @throws {SyntaxError} if it isn't JSON */
  json<T = unknown>(): T {
    return JSON.parse(this.text()) as T;
  }

  /** The name of the class. Vue doesn't wrap objects with their own tag in a proxy. */
  get [Symbol.toStringTag](): string {
    return this.constructor.name;
  }

  /** Recognizes instances from any copy of the SDK. */
  static [Symbol.hasInstance](value: unknown): boolean {
    return isInstance(this, value);
  }
}

/** A message from the hub. */
export type ReceivedMessage = Message<Uint8Array>;

/** Turns what an application sends into a message. */
export function toMessage(message: unknown): Message<unknown> {
  if (message instanceof Message) return message;
  // Such as one from another thread: its body and properties would be sent as JSON.
  if ((message as Message | null | undefined)?.customProperties)
    throw mustBe("A message", message, "made by new Message");
  return new Message(message);
}
