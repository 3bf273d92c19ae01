import rhea, { type Connection, type EventContext, type Receiver, type Sender } from "rhea";
import type { Emulator } from "../api/emulator.ts";

type Fields = Record<string, unknown>;

/** A failure of a link or connection: its AMQP condition, and a redirect's target. */
export class AmqpFailure extends Error {
  readonly condition: string;
  readonly info: Fields | undefined;

  constructor(error: Fields | undefined) {
    super(`${String(error?.["condition"])}: ${String(error?.["description"])}`);
    this.condition = String(error?.["condition"]);
    this.info = error?.["info"] as Fields | undefined;
  }
}

/** An AMQP client with plain rhea, so that the tests don't depend on an SDK. */
export class AmqpClient {
  readonly connection: Connection;
  /** Resolves when the connection has closed, with the error that it was closed with, if any. */
  readonly closed: Promise<Fields | undefined>;

  private constructor(connection: Connection) {
    this.connection = connection;
    let error: Fields | undefined;
    this.closed = new Promise((resolve) => {
      connection.on("connection_error", () => {
        error = connection.error as unknown as Fields;
      });
      connection.on("connection_close", () => resolve(error));
      connection.on("disconnected", () => resolve(error));
      connection.on("error", () => resolve(error));
      connection.on("protocol_error", () => resolve(error));
    });
  }

  /** Connects to the plain port. With a user name it presents it by SASL PLAIN. */
  static async open(
    emulator: Emulator,
    credentials: { readonly username?: string; readonly password?: string } = {},
  ): Promise<AmqpClient> {
    const { host, plainPort } = emulator.endpoints;
    const container = rhea.create_container({ id: crypto.randomUUID() });
    const connection = container.connect({ host, port: plainPort, reconnect: false, ...credentials });
    const client = new AmqpClient(connection);
    await new Promise<void>((resolve, reject) => {
      connection.on("connection_open", () => resolve());
      void client.closed.then((error) => reject(new AmqpFailure(error)));
    });
    return client;
  }

  /** Presents a token over `$cbs`; resolves with the status. */
  async putToken(token: string, audience = "localhost"): Promise<number> {
    const reply = await this.request(
      "$cbs",
      { operation: "put-token", type: "servicebus.windows.net:sastoken", name: audience },
      token,
    );
    return Number((reply["application_properties"] as Fields)["status-code"]);
  }

  /** Sends a request to a node, and resolves with its reply. */
  async request(address: string, properties: Fields, body: unknown = null): Promise<Fields> {
    const replyTo = crypto.randomUUID();
    const receiver = await this.receiver(address, { target: { address: replyTo } });
    const sender = await this.sender(address);
    const reply = new Promise<Fields>((resolve) => {
      receiver.once("message", ({ message }: EventContext) => resolve(message as unknown as Fields));
    });
    const message_id = crypto.randomUUID();
    sender.send({ message_id, reply_to: replyTo, application_properties: properties, body });
    const message = await reply;
    if (message["correlation_id"] !== message_id) throw new Error("the reply is for another request");
    receiver.close();
    sender.close();
    return message;
  }

  /** Attaches a link to send on. @throws {AmqpFailure} if it is refused */
  async sender(address: string): Promise<Sender> {
    const sender = this.connection.open_sender({ target: { address }, autosettle: true });
    await opened(sender, "sender", "sendable");
    return sender;
  }

  /** Attaches a link to receive on. @throws {AmqpFailure} if it is refused */
  async receiver(address: string, options: Fields = {}): Promise<Receiver> {
    const receiver = this.connection.open_receiver({ source: { address }, ...options });
    await opened(receiver, "receiver", "receiver_open");
    return receiver;
  }

  /**
   * Sends a message; resolves with its outcome: `accepted`, or the condition of the error.
   *
   * @param format - the format of an encoded message
   */
  async send(sender: Sender, message: Fields | Buffer, format?: number): Promise<string> {
    return new Promise((resolve) => {
      const delivery = sender.send(message as never, undefined, format);
      const settle = ({ delivery: settled }: EventContext): void => {
        if (settled !== delivery) return;
        sender.off("accepted", settle);
        sender.off("rejected", settle);
        const state = settled?.remote_state as { error?: Fields } | undefined;
        resolve(state?.error === undefined ? "accepted" : String(state.error["condition"]));
      };
      sender.on("accepted", settle);
      sender.on("rejected", settle);
    });
  }

  close(): void {
    this.connection.close();
  }
}

// A refused link is attached first, and detached at once.
function opened(link: Sender | Receiver, kind: "sender" | "receiver", event: string): Promise<void> {
  return new Promise((resolve, reject) => {
    link.once(`${kind}_error`, () => reject(new AmqpFailure(link.error as unknown as Fields)));
    link.once(`${kind}_close`, () => reject(new AmqpFailure(link.error as unknown as Fields)));
    link.once(event, () => setImmediate(() => setImmediate(resolve)));
  });
}

/** Resolves with the next messages of a receiver. */
export function nextMessages(receiver: Receiver, count: number): Promise<Fields[]> {
  const messages: Fields[] = [];
  return new Promise((resolve) => {
    receiver.on("message", ({ message }: EventContext) => {
      if (messages.push(message as unknown as Fields) === count) resolve(messages);
    });
  });
}
