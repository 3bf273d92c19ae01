import {
  attached,
  bodyBytes,
  type Connection,
  detached,
  type EventContext,
  loadRhea,
  openConnection,
  type Receiver,
  type Sender,
} from "./amqp.ts";
import { type Policy, signPolicyToken } from "./policy.ts";

interface FeedbackRecord {
  readonly originalMessageId: string;
  readonly statusCode: string;
}

/** The hub's AMQP endpoint for services: cloud-to-device messages, and feedback on them. */
export class ServiceMessages {
  readonly #connection: Connection;
  readonly #sender: Sender;
  readonly #feedback: Receiver;
  /** Rejects when a link ends. */
  readonly #end: Promise<never>;
  readonly #outcomes = new Map<string, (statusCode: string) => void>();
  readonly #toBytes: (text: string) => unknown;

  private constructor(
    connection: Connection,
    sender: Sender,
    feedback: Receiver,
    end: Promise<never>,
    toBytes: (text: string) => unknown,
  ) {
    this.#connection = connection;
    this.#sender = sender;
    this.#feedback = feedback;
    this.#end = end;
    this.#toBytes = toBytes;
    // Records for other senders stay unsettled: the hub delivers them again when this link has closed.
    this.#feedback.on("message", ({ message, delivery }: EventContext) => {
      const records = JSON.parse(bodyBytes(message)?.toString() ?? "[]") as FeedbackRecord[];
      for (const { originalMessageId, statusCode } of records) {
        const resolve = this.#outcomes.get(originalMessageId);
        if (resolve === undefined) continue;
        delivery?.accept();
        resolve(statusCode);
      }
    });
  }

  static async open(policy: Policy): Promise<ServiceMessages> {
    const { host, port = 5671, name } = policy;
    const password = await signPolicyToken(policy, host);
    const username = `${name}@sas.root.${host.split(".")[0]}`;
    const connection = await openConnection({
      host,
      port,
      transport: "tls",
      servername: host,
      username,
      password,
    });
    const feedback = connection.open_receiver({
      source: { address: "/messages/servicebound/feedback" },
      autoaccept: false,
    });
    const sender = connection.open_sender({ target: { address: "/messages/devicebound" } });
    const end = Promise.race([detached(feedback, "feedback"), detached(sender, "cloud-to-device messages")]);
    end.catch(() => {});
    try {
      await Promise.race([Promise.all([attached(feedback), attached(sender)]), end]);
    } catch (error) {
      connection.close();
      throw error;
    }
    const { message } = await loadRhea();
    return new ServiceMessages(connection, sender, feedback, end, (text) =>
      message.data_section(Buffer.from(text)),
    );
  }

  /** Sends a message. Resolves when the hub has accepted it, with a promise of the feedback's status code. */
  async send(
    deviceId: string,
    text: string,
    properties: Readonly<Record<string, string>> = {},
  ): Promise<{ readonly feedback: Promise<string> }> {
    const messageId = crypto.randomUUID();
    const feedback = new Promise<string>((resolve) => this.#outcomes.set(messageId, resolve));
    const accepted = new Promise<void>((resolve, reject) => {
      this.#sender.once("accepted", () => resolve());
      this.#sender.once("rejected", ({ delivery }: EventContext) => {
        const { error } = Object(delivery?.remote_state) as { error?: { condition?: string } };
        reject(new Error(`the hub rejected a message: ${error?.condition}`));
      });
    });
    this.#sender.send({
      to: `/devices/${deviceId}/messages/devicebound`,
      message_id: messageId,
      application_properties: { ...properties, "iothub-ack": "full" },
      body: this.#toBytes(text),
    });
    await Promise.race([accepted, this.#end]);
    const outcome = Promise.race([feedback, this.#end]);
    // Not every case waits for it.
    outcome.catch(() => {});
    return { feedback: outcome };
  }

  close(): void {
    this.#connection.close();
  }
}
