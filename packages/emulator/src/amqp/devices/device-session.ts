import { setTimerAt } from "@isohub/core/internal";
import type { Identity } from "../../hub/identities/identity.ts";
import { identityKey, topicRoot } from "../../hub/identities/identity.ts";
import type {
  DeviceConnection,
  DisconnectReason,
  SendOptions,
  Session,
  Transport,
} from "../../hub/sessions/session.ts";
import type { DeviceNode } from "../address.ts";
import type { AmqpContext } from "../amqp-context.ts";
import { amqpErrorOf, notFound, unauthorized } from "../amqp-error.ts";
import { bodyOf } from "../message-fields.ts";
import type { LinkHandler, LinkOutcome } from "../rhea/link-handler.ts";
import { OutgoingLink } from "../rhea/outgoing-link.ts";
import {
  type AmqpError,
  type Delivery,
  type Message,
  messagesOf,
  type Receiver,
  type Sender,
} from "../rhea/rhea.ts";
import { applyConnectFault } from "./connect-fault.ts";
import { DeliveryLink } from "./delivery-link.ts";
import { bagOf } from "./device-messages.ts";
import { MethodExchange } from "./method-exchange.ts";
import { TwinExchange } from "./twin-exchange.ts";

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
  /** Cuts the connection, as a fault demands. */
  cut(how: "fin" | "rst"): void;
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
    const refused = await applyConnectFault(context, clientId);
    if (refused !== undefined) return refused;
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
    if (endpoint === "twin" || endpoint === "methods") {
      try {
        this.#context.hub.throttles.requireStandard();
      } catch (error) {
        return amqpErrorOf(error);
      }
    }
    this.#links.add(link);
    const handler = link.is_sender()
      ? this.#openOutgoing(link as Sender, endpoint)
      : this.#openIncoming(endpoint);
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
    const exchange = topic.startsWith("$iothub/methods/")
      ? this.#methods
      : topic.startsWith("$iothub/twin/")
        ? this.#twin
        : undefined;
    const ms = this.#latencyMs();
    if (ms === 0) exchange?.deliver(topic, payload);
    else this.#context.clock.setTimer(() => exchange?.deliver(topic, payload), ms);
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
    const exchange = endpoint === "twin" ? this.#twin : endpoint === "methods" ? this.#methods : undefined;
    if (exchange === undefined) {
      // A module receives messages to its inputs from either address, a device only from the one for it.
      if (moduleId === undefined && endpoint !== "c2d") {
        return notFound("Messages can only be sent to this address.");
      }
      const waiting =
        moduleId === undefined ? hub.c2d.waitingFor(deviceId) : hub.inputs.waitingFor(this.identity);
      return new DeliveryLink(sender, waiting, clock, () => this.#latencyMs());
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

  #openIncoming(endpoint: DeviceNode["endpoint"]): LinkHandler | AmqpError {
    const handle = {
      messages: (message: Message) => this.#accept(message),
      twin: (message: Message) => this.#twin?.request(message),
      methods: (message: Message) => this.#methods?.respond(message),
      c2d: undefined,
    }[endpoint];
    if (handle === undefined) return notFound("Messages can only be received from this address.");
    return {
      onMessage: (message, delivery) => this.#receive(message, delivery, endpoint, handle),
      onClose: () => {},
    };
  }

  #receive(
    message: Message,
    delivery: Delivery,
    endpoint: DeviceNode["endpoint"],
    handle: (message: Message) => string | undefined,
  ): void {
    const { faults, clock } = this.#context;
    const key = identityKey(this.identity);
    const refusal = endpoint === "messages" ? faults.refusal(key, topicRoot(this.identity)) : undefined;
    if (refusal !== undefined) {
      delivery.reject({ condition: "amqp:resource-limit-exceeded", description: refusal });
      return;
    }
    const outcome = outcomeOf(message, delivery, (one) =>
      this.ended ? "the session has ended" : handle(one),
    );
    const how = faults.countPublish(key);
    if (how !== undefined) {
      this.#options.cut(how);
      return;
    }
    const settle = (): void => (outcome === undefined ? delivery.accept() : delivery.reject(outcome));
    const verdict = faults.judge(key, "puback");
    if (verdict === "pass") settle();
    else if (verdict !== "drop") clock.setTimer(() => !this.ended && settle(), verdict.delayMs);
  }

  #latencyMs(): number {
    const verdict = this.#context.faults.judge(identityKey(this.identity), "other");
    return typeof verdict === "object" ? verdict.delayMs : 0;
  }

  /** Accepts telemetry. @throws {HubError} if the hub doesn't */
  #accept(message: Message): string | undefined {
    const session = this.#session;
    if (session === undefined) return "the session has ended";
    const payload = bodyOf(message["body"]);
    const accepted = { bag: bagOf(message), payload, retain: false, dup: false };
    const problem = this.#context.hub.ingestion.accept(session, accepted);
    if (problem !== undefined) throw problem;
    return undefined;
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

/** Handles the messages of a delivery. Returns the error that it is rejected with, if one of them isn't valid. */
function outcomeOf(
  received: Message,
  { format }: Delivery,
  handle: (message: Message) => string | undefined,
): AmqpError | undefined {
  try {
    const messages = messagesOf(received, format);
    if (messages === undefined) {
      return {
        condition: "amqp:not-implemented",
        description: `The message format ${format} isn't supported.`,
      };
    }
    for (const message of messages) {
      const problem = handle(message);
      if (problem !== undefined) return { condition: "amqp:not-allowed", description: problem };
    }
    return undefined;
  } catch (error) {
    return amqpErrorOf(error);
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
