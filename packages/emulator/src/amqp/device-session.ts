import { setTimerAt } from "@isohub/core/internal";
import type { Identity } from "../hub/identity.ts";
import { identityKey, topicRoot } from "../hub/identity.ts";
import type { DeviceConnection, DisconnectReason, SendOptions, Session, Transport } from "../hub/session.ts";
import type { DeviceNode } from "./address.ts";
import type { AmqpContext } from "./amqp-context.ts";
import { amqpErrorOf, notFound, unauthorized } from "./amqp-error.ts";
import { C2dLink } from "./c2d-link.ts";
import { bodyOf } from "./c2d-messages.ts";
import { bagOf } from "./device-messages.ts";
import type { LinkHandler, LinkOutcome } from "./link-handler.ts";
import { MethodExchange } from "./method-exchange.ts";
import { OutgoingLink } from "./outgoing-link.ts";
import type { AmqpError, Delivery, Message, Receiver, Sender } from "./rhea.ts";
import { TwinExchange } from "./twin-link.ts";

/** The credentials and connection of a device. */
export interface DeviceOptions {
  readonly identity: Identity;
  /** A SAS token; without it, the certificate of the connection counts. */
  readonly token: string | undefined;
  readonly transport: Transport;
  readonly remoteAddress: string;
  certificates(): Parameters<AmqpContext["hub"]["connect"]>[0]["certificates"] & object;
  /** Called when the hub ends the device's session; without an error, the device isn't notified. */
  onEnd(session: DeviceSession, error?: AmqpError): void;
}

/**
 * A device or module on an AMQP connection, which may carry several. For the hub it is a session as any other: what MQTT
 * expresses with topics, this class expresses with links and annotations.
 *
 * @source IoT Hub documentation, "Communicate with your IoT hub by using the AMQP Protocol", device client
 */
export class DeviceSession implements DeviceConnection {
  readonly transport: Transport;
  readonly remoteAddress: string;
  readonly identity: Identity;
  readonly #context: AmqpContext;
  readonly #options: DeviceOptions;
  readonly #links = new Set<Sender | Receiver>();
  #session: Session | undefined;
  #twin: TwinExchange | undefined;
  #methods: MethodExchange | undefined;

  private constructor(context: AmqpContext, options: DeviceOptions) {
    this.#context = context;
    this.#options = options;
    this.identity = options.identity;
    this.transport = options.transport;
    this.remoteAddress = options.remoteAddress;
  }

  /** Opens a session. Returns why the hub refuses the device, if so. */
  static async open(context: AmqpContext, options: DeviceOptions): Promise<DeviceSession | string> {
    const device = new DeviceSession(context, options);
    const { hub } = context;
    const clientId = identityKey(options.identity);
    const outcome = await hub.connect({
      connectFields: { clientId, clean: true, keepAlive: 240 },
      userName: `${context.endpoint().hostName}/${clientId}/?api-version=2021-04-12`,
      password: options.token === undefined ? undefined : Buffer.from(options.token),
      certificates: options.certificates(),
      connection: device,
    });
    if ("reason" in outcome) return outcome.detail;
    const { session } = outcome;
    device.#session = session;
    device.#twin = new TwinExchange(hub, session);
    device.#methods = new MethodExchange(hub, session);
    hub.operations.ready(session);
    return device;
  }

  get ended(): boolean {
    return this.#session?.ended ?? true;
  }

  /** Continues with another token. Returns why it isn't valid, if so. */
  async renew(token: string): Promise<string | undefined> {
    const { hub, clock } = this.#context;
    const proof = await hub.authenticate(this.identity, { token, certificates: [] });
    const session = this.#session;
    if ("reason" in proof) return proof.detail;
    if (session === undefined || session.ended) return "the session has ended";
    session.expiresAt = proof.expiresAt;
    session.expiryTimer?.cancel();
    session.expiryTimer =
      proof.expiresAt === undefined
        ? undefined
        : setTimerAt(clock, proof.expiresAt + 1, () => hub.checkExpiry());
    return undefined;
  }

  /** Opens a link of the device. */
  openLink(link: Sender | Receiver, { endpoint }: DeviceNode): LinkOutcome {
    this.#links.add(link);
    const handler = link.is_sender()
      ? this.#openOutgoing(link as Sender, endpoint)
      : this.#openIncoming(link as Receiver, endpoint);
    if ("condition" in handler) return handler;
    return {
      ...bound(handler),
      onClose: () => {
        this.#links.delete(link);
        handler.onClose();
      },
    };
  }

  send(topic: string, payload: Uint8Array, _options?: SendOptions): void {
    if (topic.startsWith("$iothub/methods/")) this.#methods?.deliver(topic, payload);
    else if (topic.startsWith("$iothub/twin/")) this.#twin?.deliver(topic, payload);
  }

  end(reason: DisconnectReason, detail?: string): void {
    this.close(reason, detail);
    if (reason === "kicked") {
      this.#options.onEnd(this);
      return;
    }
    const error = errors[reason] ?? { condition: "amqp:connection:forced", description: detail ?? reason };
    for (const link of [...this.#links]) link.close(error);
    this.#options.onEnd(this, error);
  }

  /** Ends the session, because the connection has ended. */
  close(reason: DisconnectReason, detail?: string): void {
    if (this.#session !== undefined) this.#context.hub.operations.disconnected(this.#session, reason, detail);
  }

  #openOutgoing(sender: Sender, endpoint: DeviceNode["endpoint"]): LinkHandler | AmqpError {
    const { hub, clock } = this.#context;
    const { deviceId, moduleId } = this.identity;
    if (endpoint === "c2d" && moduleId === undefined) {
      return new C2dLink(sender, deviceId, { clock, c2d: hub.c2d });
    }
    const exchange = endpoint === "twin" ? this.#twin : endpoint === "methods" ? this.#methods : undefined;
    if (exchange === undefined) {
      return {
        condition: "amqp:not-implemented",
        description: "Messages to modules aren't emulated over AMQP.",
      };
    }
    const link = new OutgoingLink(sender);
    if (exchange instanceof MethodExchange) exchange.start(link);
    else exchange.link = link;
    return {
      onSendable: () => link.flushSoon(),
      onClose: () => {
        if (exchange instanceof MethodExchange && exchange.link === link) exchange.stop();
        link.close();
      },
    };
  }

  #openIncoming(_receiver: Receiver, endpoint: DeviceNode["endpoint"]): LinkHandler | AmqpError {
    const handle = {
      messages: (message: Message) => this.#telemetry(message),
      twin: (message: Message) => this.#twin?.request(message),
      methods: (message: Message) => this.#methods?.respond(message),
      c2d: undefined,
    }[endpoint];
    if (handle === undefined) return notFound("Messages can only be received from this address.");
    return {
      onMessage: (message, delivery) =>
        settle(delivery, () => (this.ended ? "the session has ended" : handle(message))),
      onClose: () => {},
    };
  }

  #telemetry(message: Message): string | undefined {
    const session = this.#session;
    if (session === undefined) return "the session has ended";
    const topic = `${topicRoot(this.identity)}/messages/events/${bagOf(message)}`;
    const payload = bodyOf(message["body"]);
    return this.#context.hub.operations.publish(session, {
      topic,
      payload,
      qos: 1,
      retain: false,
      dup: false,
    });
  }
}

const errors: Readonly<Partial<Record<DisconnectReason, AmqpError>>> = {
  takenOver: {
    condition: "amqp:link:stolen",
    description: "A newer connection of the device has replaced this one.",
  },
  tokenExpired: unauthorized("The SAS token has expired."),
  deviceDisabled: unauthorized("The device is disabled."),
  deviceDeleted: notFound("The device was deleted."),
};

function settle(delivery: Delivery, handle: () => string | undefined): void {
  try {
    const problem = handle();
    if (problem === undefined) delivery.accept();
    else delivery.reject({ condition: "amqp:not-allowed", description: problem });
  } catch (error) {
    delivery.reject(amqpErrorOf(error));
  }
}

// The methods of a class aren't its own properties.
function bound(handler: LinkHandler): Omit<LinkHandler, "onClose"> {
  return {
    onMessage: (message, delivery) => handler.onMessage?.(message, delivery),
    onSendable: () => handler.onSendable?.(),
    onOutcome: (delivery, outcome) => handler.onOutcome?.(delivery, outcome),
  };
}
