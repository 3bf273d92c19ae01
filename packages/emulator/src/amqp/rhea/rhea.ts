import rhea, { type Connection, type Delivery, type Receiver, type Sender, type Session } from "rhea";

export type { Connection, Delivery, Receiver, Sender, Session };

/** A received message: its properties, sections and body under rhea's names. */
export type Message = Readonly<Record<string, unknown>>;

/** The format of a batch: each of its data sections is a message. @source The clients of Event Hubs and IoT Hub */
const batchFormat = 0x80013700;

/**
 * Returns the messages of a delivery: one, or those of a batch. Returns `undefined` for a format that isn't known. rhea
 * decodes only messages whose format is 0.
 */
export function messagesOf(
  received: Message | Buffer,
  format: number | undefined | null,
): Message[] | undefined {
  if (!Buffer.isBuffer(received)) return [received];
  const message = decodeMessage(received);
  if (format === undefined || format === null) return [message];
  if (format !== batchFormat) return undefined;
  const { content } = (message["body"] ?? {}) as { content?: unknown };
  const parts: unknown[] = Array.isArray(content) ? content : [content];
  return parts.every((part) => Buffer.isBuffer(part)) ? parts.map(decodeMessage) : undefined;
}

function decodeMessage(bytes: Buffer): Message {
  return rhea.message.decode(bytes) as unknown as Message;
}

/** An AMQP error, as a detach, a close or a rejected delivery carries it. */
export interface AmqpError {
  readonly condition: string;
  readonly description: string;
  readonly info?: Readonly<Record<string, string | number>>;
}

/** The types of AMQP values, for those that JavaScript doesn't distinguish, such as numbers. */
export const types: typeof rhea.types = rhea.types;

/** The parts of rhea's reader that read arrays and lists. */
interface BoundedReader {
  remaining(): number;
  read_n(count: number): unknown[];
  read_array_items(count: number, type: unknown): unknown[];
}

// rhea reads as many items as a frame announces. Items such as nulls in an array have no bytes, so the end of the frame doesn't stop it.
function boundReader(): void {
  const { prototype } = (rhea.types as unknown as { Reader: { prototype: BoundedReader } }).Reader;
  const { read_n, read_array_items } = prototype;
  const check = (reader: BoundedReader, count: number): void => {
    if (count > reader.remaining()) throw new RangeError(`a list of ${count} items is longer than its frame`);
  };
  prototype.read_n = function (count) {
    check(this, count);
    return read_n.call(this, count);
  };
  prototype.read_array_items = function (count, type) {
    check(this, count);
    return read_array_items.call(this, count, type);
  };
}
boundReader();

/** Checks the credentials of a SASL exchange. */
export interface SaslHandlers {
  /** Returns whether a user name and password are valid. */
  plain(userName: string, password: string): Promise<boolean>;
  /** Called when an exchange has ended, before its outcome is sent. */
  onEnd(): void;
}

/** Options of the server side of a connection. */
export interface ServerOptions {
  readonly containerId: string;
  readonly maxFrameSize: number;
  readonly idleTimeoutMs: number;
  /** The number of messages that a client may send before they are settled. */
  readonly creditWindow: number;
  readonly sasl: SaslHandlers;
}

type Mechanism = { outcome?: boolean; start(...args: unknown[]): unknown };

/** Creates the server side of a connection. It begins with {@link acceptSocket}. */
export function createServerConnection(options: ServerOptions): Connection {
  const container = rhea.create_container({ id: options.containerId });
  const mechanisms = container.sasl_server_mechanisms as Record<string, () => Mechanism> & {
    enable_anonymous(): void;
    enable_plain(check: SaslHandlers["plain"]): void;
  };
  mechanisms.enable_anonymous();
  mechanisms.enable_plain((userName, password) => options.sasl.plain(userName, password));
  const anonymous = mechanisms["ANONYMOUS"];
  // Credentials follow over $cbs, or are the certificate of the TLS connection.
  if (anonymous !== undefined) Object.assign(mechanisms, { MSSBCBS: anonymous, EXTERNAL: anonymous });
  for (const name of Object.keys(mechanisms)) {
    const create = mechanisms[name];
    if (create !== undefined) mechanisms[name] = () => reporting(create(), options.sasl);
  }
  container.on("error", () => {});
  return container.create_connection({
    port: 0,
    container_id: options.containerId,
    max_frame_size: options.maxFrameSize,
    idle_time_out: options.idleTimeoutMs,
    channel_max: 255,
    properties: { product: "isohub" },
    receiver_options: { autoaccept: false, credit_window: options.creditWindow },
    sender_options: {},
  });
}

function reporting(mechanism: Mechanism, { onEnd }: SaslHandlers): Mechanism {
  const start = mechanism.start.bind(mechanism);
  mechanism.start = async (...args) => {
    try {
      await start(...args);
    } finally {
      onEnd();
    }
  };
  return mechanism;
}

/** The stream that rhea reads and writes. */
export interface RheaSocket {
  on(event: "data" | "end" | "error", listener: (bytes?: Buffer) => void): unknown;
  write(bytes: Uint8Array): void;
  end(): void;
  destroy(): void;
}

/** Starts the server side of a connection on a stream. */
export function acceptSocket(connection: Connection, socket: RheaSocket): void {
  (connection as unknown as { accept(socket: RheaSocket): void }).accept(socket);
}

/** Returns bytes as a body that rhea encodes as a data section. */
export function dataSection(bytes: Uint8Array): unknown {
  return rhea.message.data_section(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}

/** Returns a lock token, a UUID, as a delivery tag. The client for .NET reads it as a GUID. */
export function tagOf(lockToken: string): Buffer {
  return Buffer.from(lockToken.replaceAll("-", ""), "hex");
}

/** Returns the lock token in a delivery tag. */
export function uuidOfTag(tag: Buffer | string): string {
  const digits = Buffer.from(tag as Buffer).toString("hex");
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** Returns the bytes of a UUID. */
export function uuidBytes(text: string): Buffer {
  return rhea.string_to_uuid(text);
}

/** Formats a UUID. */
export function uuidText(bytes: Buffer): string {
  return rhea.uuid_to_string(bytes);
}
