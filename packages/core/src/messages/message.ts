import { isInstance } from "../brand.ts";
import { mustBe } from "../errors.ts";
import { fromUtf8 } from "../util/text.ts";
import { messageSize } from "./telemetry-packet.ts";

/** Anything that has a JSON form. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** What a message can carry. */
export type MessageData = Uint8Array | string | JsonValue | object;

/** The settings a message can be made with. */
export interface MessageOptions {
  messageId?: string;
  contentEncoding?: string;
  contentType?: string;
  outputName?: string;
  correlationId?: string;
  userId?: string;
  expiryTimeUtc?: Date | string;
  customProperties?: Record<string, string>;
}

/**
 * Telemetry on its way to the hub, or a message from it.
 *
 * As telemetry, `data` is sent as it is when it is bytes, as UTF-8 when it is a text, and as JSON otherwise; JSON is
 * marked `application/json` and `utf-8` unless the message says something else, because the hub can route on the body
 * only then. As a message from the hub, `data` is always bytes.
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
  data: TData;
  /** Application properties. Keys and values are texts, and both count for the size of a message. */
  customProperties: Record<string, string>;
  /** At most 128 characters; the hub does not remove duplicates. */
  messageId: string | undefined;
  /** When the hub may drop the message unread. */
  expiryTimeUtc: Date | string | undefined;
  correlationId: string | undefined;
  userId: string | undefined;
  /** `utf-8`, `utf-16` or `utf-32` for the hub to route on the body. */
  contentEncoding: string | undefined;
  /** `application/json` for the hub to route on the body. */
  contentType: string | undefined;
  /** The output of a module that the message leaves by. */
  outputName: string | undefined;
  /** The input of a module that the message came in by. */
  inputName: string | undefined;
  /** Which feedback the sender of a cloud-to-device message asked for: `none`, `positive`, `negative` or `full`. */
  ack: string | undefined;
  /** The address a cloud-to-device message was sent to. */
  to: string | undefined;
  #interfaceId: string | undefined;

  constructor(data: TData, options: MessageOptions = {}) {
    this.data = data;
    this.customProperties = options.customProperties ?? {};
    this.messageId = options.messageId;
    this.expiryTimeUtc = options.expiryTimeUtc;
    this.correlationId = options.correlationId;
    this.userId = options.userId;
    this.contentEncoding = options.contentEncoding;
    this.contentType = options.contentType;
    this.outputName = options.outputName;
    this.inputName = undefined;
    this.ack = undefined;
    this.to = undefined;
  }

  /** Set by {@link setAsSecurityMessage}. */
  get iothubInterfaceId(): string | undefined {
    return this.#interfaceId;
  }

  /** Marks the message for Defender for IoT. */
  setAsSecurityMessage(): void {
    this.#interfaceId = "urn:azureiot:Security:SecurityAgent:1";
  }

  /**
   * The size that the hub counts, in bytes: body, values of system properties, names and values of application
   * properties. (Python's counts the memory that its objects take.)
   *
   * @throws {ArgumentError} `invalid_argument` when the message could not be sent
   * @source Python `get_size`
   */
  getSize(): number {
    return messageSize(this);
  }

  /** The body as text. @throws {TypeError} when it is bytes that are not UTF-8 */
  text(): string {
    const { data } = this;
    if (typeof data === "string") return data;
    return data instanceof Uint8Array ? fromUtf8(data) : JSON.stringify(data);
  }

  /** The body parsed as JSON. @throws {SyntaxError} when it is not JSON */
  json<T = unknown>(): T {
    return JSON.parse(this.text()) as T;
  }

  /** Recognizes instances from any copy of the SDK. */
  static [Symbol.hasInstance](value: unknown): boolean {
    return isInstance(this, value);
  }
}

/** A message from the hub. */
export type ReceivedMessage = Message<Uint8Array>;

/** Makes sure that a value can be sent as a message, before anything else is done with it. */
export function toMessage(message: unknown): Message<unknown> {
  if (message instanceof Message) return message;
  if (message === undefined || typeof message === "function" || typeof message === "symbol") {
    throw mustBe("The message", message, "a Message, a text, bytes or a value with a JSON form");
  }
  return new Message(message);
}
