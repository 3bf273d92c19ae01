import {
  attached,
  bodyBytes,
  type Connection,
  detached,
  type EventContext,
  loadRhea,
  type Message,
  openConnection,
} from "./amqp.ts";
import { type EventHubPolicy, signPolicyToken } from "./policy.ts";

/** An event of a device. */
export interface DeviceEvent {
  readonly deviceId: string;
  readonly moduleId: string | undefined;
  readonly text: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** Reads the events that arrive in all partitions after it was opened. */
export class EventReader {
  readonly #connection: Connection;
  readonly #events: DeviceEvent[] = [];
  readonly #ends: Promise<never>[] = [];
  #notify = (): void => {};

  private constructor(connection: Connection) {
    this.#connection = connection;
  }

  static async open(policy: EventHubPolicy, consumerGroup: string): Promise<EventReader> {
    const { host, port, tls, name, key } = policy;
    const connection = await openConnection({
      host,
      port: port ?? (tls ? 5671 : 5672),
      username: name,
      password: key,
      ...(tls ? { transport: "tls", servername: host } : {}),
    } as Parameters<typeof openConnection>[0]);
    const reader = new EventReader(connection);
    try {
      await reader.#attach(policy, consumerGroup);
    } catch (error) {
      reader.close();
      throw error;
    }
    return reader;
  }

  /** Resolves with a number of events that a condition selects, in the order of arrival. Rejects when a link ends. */
  async next(count: number, isWanted: (event: DeviceEvent) => boolean): Promise<DeviceEvent[]> {
    for (;;) {
      const found = this.#events.filter(isWanted);
      if (found.length >= count) return found;
      const more = new Promise<void>((resolve) => {
        this.#notify = resolve;
      });
      await Promise.race([more, ...this.#ends]);
    }
  }

  close(): void {
    this.#connection.close();
  }

  async #attach(policy: EventHubPolicy, consumerGroup: string): Promise<void> {
    const connection = this.#connection;
    const partitions = await readPartitionIds(connection, policy);
    const { types } = await loadRhea();
    const onlyNew = types.wrap_described("amqp.annotation.x-opt-offset > '@latest'", 0x468c00000004);
    const links = partitions.map((id) => {
      const address = `${policy.eventHub}/ConsumerGroups/${consumerGroup}/Partitions/${id}`;
      const filter = { "apache.org:selector-filter:string": onlyNew };
      const link = connection.open_receiver({ source: { address, filter } as never });
      link.on("message", ({ message }: EventContext) => this.#add(message));
      this.#ends.push(detached(link, `partition ${id}`));
      return attached(link);
    });
    await Promise.race([Promise.all(links), ...this.#ends]);
  }

  #add(message: Message | undefined): void {
    const annotations = (message?.message_annotations ?? {}) as Readonly<Record<string, unknown>>;
    const moduleId = annotations["iothub-connection-module-id"];
    this.#events.push({
      deviceId: String(annotations["iothub-connection-device-id"]),
      moduleId: moduleId === undefined ? undefined : String(moduleId),
      text: bodyBytes(message)?.toString() ?? String(message?.body),
      properties: (message?.application_properties ?? {}) as Readonly<Record<string, unknown>>,
    });
    this.#notify();
  }
}

async function readPartitionIds(connection: Connection, policy: EventHubPolicy): Promise<string[]> {
  const { host, eventHub } = policy;
  const replyTo = crypto.randomUUID();
  const receiver = connection.open_receiver({
    source: { address: "$management" },
    target: { address: replyTo },
  });
  const sender = connection.open_sender({ target: { address: "$management" } });
  const end = Promise.race([detached(receiver, "$management"), detached(sender, "$management")]);
  end.catch(() => {});
  await Promise.race([Promise.all([attached(receiver), attached(sender)]), end]);
  const reply = new Promise<Message | undefined>((resolve) => {
    receiver.once("message", ({ message }: EventContext) => resolve(message));
  });
  sender.send({
    message_id: crypto.randomUUID(),
    reply_to: replyTo,
    application_properties: {
      operation: "READ",
      name: eventHub,
      type: "com.microsoft:eventhub",
      security_token: await signPolicyToken(policy, `sb://${host}/${eventHub}`),
    },
    body: null,
  });
  const answer = await Promise.race([reply, end]);
  receiver.close();
  sender.close();
  const { partition_ids: ids } = Object(answer?.body) as { partition_ids?: unknown };
  if (!Array.isArray(ids)) {
    const { "status-code": status } = Object(answer?.application_properties) as Record<string, unknown>;
    throw new Error(`the event hub must list its partitions, got status ${String(status)}`);
  }
  return ids.map(String);
}
