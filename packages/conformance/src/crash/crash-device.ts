import rhea, { type Connection, type EventContext, type Sender } from "rhea";
import { signDeviceToken } from "../device-token.ts";

/** The addresses of a hub, and the connection strings of two of its devices. */
export interface CrashDeviceOptions {
  readonly host: string;
  readonly plainPort: number;
  readonly http: string;
  readonly amqp: string;
}

const apiVersion = "api-version=2021-04-12";

/** Two devices, one over HTTP and one over AMQP. Their operations resolve only when the hub has acknowledged them. */
export class CrashDevice {
  readonly #url: string;
  readonly #token: string;
  readonly #connection: Connection;
  readonly #sender: Sender;
  readonly #closed: Promise<never>;
  readonly #unsettled = new Map<unknown, () => void>();

  private constructor(url: string, token: string, connection: Connection, sender: Sender) {
    this.#url = url;
    this.#token = token;
    this.#connection = connection;
    this.#sender = sender;
    this.#closed = new Promise((_resolve, reject) => {
      for (const name of ["disconnected", "error", "protocol_error"]) {
        connection.on(name, () => reject(new Error("the connection has ended")));
      }
    });
    this.#closed.catch(() => {});
    sender.on("accepted", ({ delivery }: EventContext) => this.#unsettled.get(delivery)?.());
  }

  static async open({ host, plainPort, http, amqp }: CrashDeviceOptions): Promise<CrashDevice> {
    const token = await signDeviceToken(http, "localhost");
    const password = await signDeviceToken(amqp, "localhost");
    const connection = rhea.create_container().connect({
      host,
      port: plainPort,
      reconnect: false,
      username: "a@sas.localhost",
      password,
    });
    const sender = connection.open_sender("/devices/a/messages/events");
    await new Promise((resolve, reject) => {
      sender.once("sendable", resolve);
      sender.once("sender_error", () => reject(sender.error));
      connection.once("disconnected", () => reject(connection.error ?? new Error("refused")));
    });
    return new CrashDevice(`http://${host}:${plainPort}/devices/h/messages`, token, connection, sender);
  }

  /** Sends telemetry over HTTP. */
  async post(body: string): Promise<void> {
    await this.#request("POST", `events?${apiVersion}`, body);
  }

  /** Completes the next message over HTTP. Resolves with its id; `undefined` if there is none. */
  async complete(): Promise<string | undefined> {
    const { status, headers } = await this.#request("GET", `devicebound?${apiVersion}`);
    if (status === 204) return undefined;
    const lockToken = (headers.get("etag") ?? "").replaceAll('"', "");
    await this.#request("DELETE", `devicebound/${lockToken}?${apiVersion}`);
    return headers.get("iothub-messageid") ?? undefined;
  }

  /** Sends telemetry over AMQP. */
  sendOverAmqp(body: string): Promise<void> {
    const accepted = new Promise<void>((resolve) => {
      const delivery = this.#sender.send({ body: rhea.message.data_section(Buffer.from(body)) });
      this.#unsettled.set(delivery, resolve);
    });
    return Promise.race([accepted, this.#closed]);
  }

  close(): void {
    this.#connection.close();
  }

  async #request(method: string, path: string, body?: string): Promise<Response> {
    const response = await fetch(`${this.#url}/${path}`, {
      method,
      headers: { authorization: this.#token },
      ...(body === undefined ? {} : { body }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: status ${response.status}`);
    return response;
  }
}
