import { createHmac } from "node:crypto";
import rhea, { type Connection, type EventContext, type Sender } from "rhea";

/** The addresses of a hub, and the connection strings of two of its devices. */
export interface CrashDeviceOptions {
  readonly host: string;
  readonly plainPort: number;
  readonly http: string;
  readonly amqp: string;
}

const apiVersion = "api-version=2021-04-12";

/** Two devices, one over HTTP and one over AMQP, which report what a hub has acknowledged to them before it ends. */
export class CrashDevice {
  readonly #url: string;
  readonly #token: string;
  readonly #connection: Connection;
  readonly #sender: Sender;
  readonly #closed: Promise<never>;
  readonly #unsettled = new Map<unknown, () => void>();

  private constructor({ host, plainPort, http }: CrashDeviceOptions, connection: Connection, sender: Sender) {
    this.#url = `http://${host}:${plainPort}/devices/h/messages`;
    this.#token = tokenOf(http);
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

  static async open(options: CrashDeviceOptions): Promise<CrashDevice> {
    const { host, plainPort: port, amqp } = options;
    const connection = rhea.create_container().connect({
      host,
      port,
      reconnect: false,
      username: "a@sas.localhost",
      password: tokenOf(amqp),
    });
    const sender = connection.open_sender("/devices/a/messages/events");
    await new Promise((resolve, reject) => {
      sender.once("sendable", resolve);
      sender.once("sender_error", () => reject(sender.error));
      connection.once("disconnected", () => reject(connection.error ?? new Error("refused")));
    });
    return new CrashDevice(options, connection, sender);
  }

  /** Sends telemetry over HTTP. Resolves when the hub has acknowledged it. */
  async post(body: string): Promise<void> {
    await this.#request("POST", `events?${apiVersion}`, body);
  }

  /** Completes the next message over HTTP. Resolves with its id when the hub has acknowledged that; `undefined` if there is none. */
  async complete(): Promise<string | undefined> {
    const { status, headers } = await this.#request("GET", `devicebound?${apiVersion}`);
    if (status === 204) return undefined;
    const lockToken = (headers.get("etag") ?? "").replaceAll('"', "");
    await this.#request("DELETE", `devicebound/${lockToken}?${apiVersion}`);
    return headers.get("iothub-messageid") ?? undefined;
  }

  /** Sends telemetry over AMQP. Resolves when the hub has accepted it. */
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

/** Returns a SAS token of a device, valid for an hour. */
function tokenOf(connectionString: string): string {
  const part = (name: string): string => new RegExp(`${name}=([^;]+)`).exec(connectionString)?.[1] ?? "";
  const resource = encodeURIComponent(`localhost/devices/${part("DeviceId")}`);
  const expiry = Math.floor(Date.now() / 1000) + 3600;
  const signature = createHmac("sha256", Buffer.from(part("SharedAccessKey"), "base64"))
    .update(`${resource}\n${expiry}`)
    .digest("base64");
  return `SharedAccessSignature sr=${resource}&sig=${encodeURIComponent(signature)}&se=${expiry}`;
}
