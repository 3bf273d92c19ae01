import { messageOf } from "../hub/hub-error.ts";
import type { DisconnectReason } from "../hub/sessions/session.ts";
import type { Wire } from "../listeners/wire.ts";
import { parseAddress } from "./address.ts";
import type { AmqpContext, ServiceContext } from "./amqp-context.ts";
import { amqpErrorOf, notFound, unauthorized } from "./amqp-error.ts";
import { Claims } from "./authentication/claims.ts";
import { Credentials } from "./authentication/credentials.ts";
import { DeviceSessions } from "./devices/device-sessions.ts";
import { RegistrationLinks } from "./devices/registration-links.ts";
import { completeAttach, completeSession, holdAttach } from "./rhea/frame-fields.ts";
import { isRefusal, type LinkHandler, type LinkOutcome, type Outcome } from "./rhea/link-handler.ts";
import { ReplyLinks } from "./rhea/replies.ts";
import {
  type AmqpError,
  acceptSocket,
  type Connection,
  createServerConnection,
  type Delivery,
  type Message,
  type Receiver,
  type Sender,
  type Session,
} from "./rhea/rhea.ts";
import { WireSocket } from "./rhea/wire-socket.ts";
import { openServiceNode } from "./services/service-nodes.ts";

/** The largest frame, in both directions. */
const maxFrameSize = 65_536;
/** The largest message of a link: a device-to-cloud message with its properties. */
const maxMessageBytes = 1_048_576;
const idleTimeoutMs = 240_000;
const maxLinks = 1_000;
// A client that doesn't read must not fill the memory of the hub.
const congestedBytes = 1_048_576;
// A C2D sender waits for each outcome; a device may have many messages on their way.
const creditWindow = 200;

/** The parts of rhea's events that are used. */
interface LinkEvent {
  readonly sender?: Sender;
  readonly receiver?: Receiver;
  readonly message?: Message;
  readonly delivery?: Delivery;
}

/** One AMQP connection: its tokens and its links. */
export class AmqpConnection {
  readonly claims: Claims;
  readonly remoteAddress: string;
  readonly #context: AmqpContext;
  readonly #rhea: Connection;
  readonly #socket: WireSocket;
  readonly #handlers = new Map<Sender | Receiver, LinkHandler>();
  readonly #credentials: Credentials;
  readonly #devices: DeviceSessions;
  readonly #registration: RegistrationLinks;
  readonly #services: ServiceContext;
  readonly #onEnd: () => void;
  #isClosedByClient = false;
  #ended = false;

  /** @param onEnd - called once, when the connection has ended */
  constructor(wire: Wire, context: AmqpContext, onEnd: () => void) {
    this.#context = context;
    this.#onEnd = onEnd;
    this.remoteAddress = wire.remoteAddress;
    this.claims = new Claims(context.clock, () => this.end(unauthorized("The SAS token has expired.")));
    this.#devices = new DeviceSessions(
      context,
      wire,
      (error) => (error === undefined ? this.hangUp("fin") : this.end(error)),
      (how) => this.cut(how),
    );
    const { hub, provisioning } = context;
    this.#registration = new RegistrationLinks({ hub, provisioning, wire, cut: () => this.hangUp("fin") });
    this.#credentials = new Credentials({
      hub,
      claims: this.claims,
      devices: this.#devices,
      registration: this.#registration,
      onRefusal: (path, status, detail) => this.#report(path, status, detail),
    });
    this.#socket = new WireSocket(wire, maxFrameSize, {
      onEnd: (problem) => this.#finish(problem),
      receiveLimit: (bytes) => this.#devices.receiveLimit(bytes),
      onLimit: () => this.cut(this.#devices.cutting()),
      onDrain: () => this.#pumpAll(),
    });
    this.#services = {
      ...context,
      claims: this.claims,
      replies: new ReplyLinks(),
      isCongested: () => this.#socket.unsent > congestedBytes,
    };
    this.#rhea = createServerConnection({
      containerId: context.hub.eventHubs.builtIn.name,
      maxFrameSize,
      idleTimeoutMs,
      creditWindow,
      sasl: {
        plain: async (userName, password) => {
          const isValid = await this.#credentials.authenticate(userName, password);
          // After the outcome, which reports the refusal.
          if (!isValid) setImmediate(() => setImmediate(() => this.#socket.end()));
          return isValid;
        },
        // The outcome is sent in a microtask after this one.
        onEnd: () => setImmediate(() => this.#socket.endSasl()),
      },
    });
    this.#listen();
  }

  /** Whether a token was presented, or a certificate used. */
  get isAuthenticated(): boolean {
    return !this.claims.isEmpty || !this.#devices.isEmpty || this.#registration.isAttested;
  }

  /** Whether the connection carries a device, a module or a registration. */
  carries(key: string): boolean {
    return this.#devices.has(key) || this.#registration.has(key);
  }

  /** Ends the session of a device as the hub does. */
  endDevice(key: string, reason: DisconnectReason): void {
    if (this.#registration.has(key)) this.hangUp("fin");
    else this.#devices.end(key, reason);
  }

  start(): void {
    acceptSocket(this.#rhea, this.#socket);
    this.#socket.start();
  }

  /** Closes the connection with an error. */
  end(error: AmqpError): void {
    if (this.#ended) return;
    this.#report(error.condition, 401, error.description);
    this.#rhea.close(error);
    // A client that doesn't answer the close must not keep the connection open.
    setImmediate(() => this.#socket.end());
  }

  /** Closes the connection without a frame. */
  hangUp(how: "fin" | "rst"): void {
    if (how === "rst") this.#socket.reset();
    else this.#socket.end();
  }

  /** Cuts the connection, as a fault demands. */
  cut(how: "fin" | "rst"): void {
    this.#devices.closeAll("fault");
    this.hangUp(how);
  }

  /** Stops reading and writing; the socket stays open. */
  blackHole(): void {
    this.#socket.blackHole();
  }

  #listen(): void {
    const connection = this.#rhea;
    for (const name of ["connection_error", "session_error", "disconnected", "settled"]) {
      connection.on(name, () => {});
    }
    connection.on("connection_close", () => {
      this.#isClosedByClient = true;
    });
    for (const name of ["error", "protocol_error"]) {
      connection.on(name, (error: unknown) => this.#report("amqp:decode-error", 400, messageOf(error)));
    }
    connection.on("session_open", ({ session }: { readonly session: Session }) => {
      completeSession(session, maxMessageBytes, () =>
        this.end({
          condition: "amqp:link:message-size-exceeded",
          description: `A message must have up to ${maxMessageBytes} bytes.`,
        }),
      );
    });
    connection.on("sender_open", ({ sender }: LinkEvent) => {
      if (sender !== undefined) this.#attach(sender, sender.source?.address ?? "");
    });
    connection.on("receiver_open", ({ receiver }: LinkEvent) => {
      if (receiver !== undefined) this.#attach(receiver, receiver.target?.address ?? "");
    });
    for (const name of ["sender_close", "receiver_close", "sender_error", "receiver_error"]) {
      connection.on(name, (event: LinkEvent) => this.#detach(event));
    }
    connection.on("session_close", ({ session }: { readonly session: Session }) => {
      for (const link of [...this.#handlers.keys()]) if (link.session === session) this.#close(link);
    });
    connection.on("message", ({ receiver, message, delivery }: LinkEvent) => {
      if (receiver === undefined || message === undefined || delivery === undefined) return;
      this.#handlers.get(receiver)?.onMessage?.(message, delivery);
    });
    connection.on("sendable", ({ sender }: LinkEvent) => {
      if (sender !== undefined) this.#handlers.get(sender)?.onSendable?.();
    });
    connection.on("sender_draining", ({ sender }: LinkEvent) => {
      // What can be sent is sent first.
      setImmediate(() => setImmediate(() => sender?.set_drained(true)));
    });
    for (const name of ["accepted", "rejected", "released"] as const) {
      connection.on(name, (event: LinkEvent) => this.#settle(event, name));
    }
  }

  #attach(link: Sender | Receiver, address: string): void {
    completeAttach(link, maxMessageBytes);
    const outcome = this.#handlers.size >= maxLinks ? tooManyLinks : this.#open(link, address);
    if (!(outcome instanceof Promise)) {
      this.#decide(link, address, outcome);
      return;
    }
    const release = holdAttach(link);
    void outcome
      .catch((error: unknown): LinkOutcome => amqpErrorOf(error))
      .then((decided) => {
        if (this.#ended) {
          if (!isRefusal(decided)) decided.onClose();
          return;
        }
        this.#decide(link, address, decided);
        release();
      });
  }

  #decide(link: Sender | Receiver, address: string, outcome: LinkOutcome): void {
    if (!isRefusal(outcome)) {
      this.#handlers.set(link, outcome);
      return;
    }
    const { condition, description } = outcome;
    if (condition !== "amqp:link:redirect") this.#report(address, statusOf(condition), description);
    link.close(outcome);
  }

  #open(link: Sender | Receiver, address: string): LinkOutcome | Promise<LinkOutcome> {
    const node = parseAddress(address);
    if (node?.kind === "cbs") return this.#credentials.openLink(link);
    if (node === undefined) return notFound(`There is nothing at '${address}'.`);
    if (node.kind === "registration") return this.#registration.openLink(link, node);
    if (node.kind === "device") return this.#devices.openLink(link, node);
    return openServiceNode(node, link, this.#services);
  }

  #settle({ sender, delivery }: LinkEvent, outcome: Outcome): void {
    if (sender === undefined || delivery === undefined) return;
    this.#handlers.get(sender)?.onOutcome?.(delivery, outcome);
    // A client that settles second waits for this.
    if (!delivery.remote_settled) delivery.update(true, undefined);
  }

  #detach({ sender, receiver }: LinkEvent): void {
    const link = sender ?? receiver;
    if (link !== undefined) this.#close(link);
  }

  #close(link: Sender | Receiver): void {
    const handler = this.#handlers.get(link);
    this.#handlers.delete(link);
    handler?.onClose();
  }

  #pumpAll(): void {
    for (const handler of this.#handlers.values()) handler.onSendable?.();
  }

  #report(path: string, status: number, detail: string): void {
    this.#context.hub.events.emit("requestRefused", { deviceId: "" }, { path, status, detail });
  }

  #finish(problem: string | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    if (problem !== undefined) this.#report("amqp:connection:framing-error", 400, problem);
    this.claims.close();
    this.#devices.closeAll(
      problem !== undefined
        ? "protocolError"
        : this.#isClosedByClient
          ? "clientDisconnect"
          : "connectionLost",
      problem,
    );
    for (const link of [...this.#handlers.keys()]) this.#close(link);
    this.#onEnd();
  }
}

const tooManyLinks: AmqpError = {
  condition: "amqp:resource-limit-exceeded",
  description: `A connection can have up to ${maxLinks} links.`,
};

function statusOf(condition: string): number {
  if (condition === "amqp:unauthorized-access") return 401;
  return condition === "amqp:not-found" ? 404 : 400;
}
