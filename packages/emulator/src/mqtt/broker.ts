import { type Clock, utf8 } from "@isohub/core/internal";
import { Aedes, type AuthenticateError, type Client, type ConnectPacket, type PublishPacket } from "aedes";
import type { Hub } from "../hub/hub.ts";
import { messageOf } from "../hub/hub-error.ts";
import type { ConnectFields } from "../hub/session.ts";
import type { Wire } from "../listeners/wire.ts";
import { registrationKey } from "../provisioning/provisioning-session.ts";
import type { ProvisioningUserName } from "../provisioning/user-name.ts";
import { HubPersistence, NoRouting } from "./aedes-parts.ts";
import { Link, type LinkFaults } from "./link.ts";
import type { Registrations } from "./registrations.ts";

/** What the broker asks of the faults. */
export interface BrokerFaults extends LinkFaults {
  /** What happens to a CONNECT before the hub sees it. */
  onConnect(clientId: string): ConnectFault | undefined;
}

/** A CONNECT that is left without an answer, or refused whatever the hub would say. */
export type ConnectFault = "withhold" | { readonly returnCode: 1 | 2 | 3 | 4 | 5 };

// The hub closes after 1767 s of silence whatever the client asked for, which is 1.5 times this; 0 asks for it.
const keepAliveCapSeconds = 1178;
const connectTimeoutMs = 60_000;
const faultDetail = "asked for by a fault rule";

/**
 * MQTT 3.1.1 by aedes, decisions by the hub. aedes reads and writes packets, answers PINGREQ, sends PUBACKs, watches
 * the keep-alive; it routes nothing and stores nothing.
 */
export class Broker {
  readonly #hub: Hub;
  readonly #clock: Clock;
  readonly #faults: BrokerFaults;
  readonly #registrations: Registrations;
  readonly #aedes: Aedes;
  readonly #links = new WeakMap<Client, Link>();
  readonly #open = new Set<Link>();
  readonly #connects = new WeakMap<Link, ConnectFields>();
  readonly #faultyConnects = new WeakMap<Link, ConnectFault>();
  readonly #registering = new WeakMap<Link, ProvisioningUserName>();

  constructor(hub: Hub, clock: Clock, faults: BrokerFaults, registrations: Registrations) {
    this.#hub = hub;
    this.#registrations = registrations;
    this.#clock = clock;
    this.#faults = faults;
    this.#aedes = new Aedes({
      mq: new NoRouting(),
      persistence: new HubPersistence(
        (clientId) => hub.sessions.list().find(({ key }) => key === clientId),
        (client, packetId) => {
          const session = this.#links.get(client)?.session;
          if (session !== undefined) hub.acknowledge(session, packetId);
        },
      ),
      connectTimeout: connectTimeoutMs,
      // Packets that come before the CONNACK has gone out; a pipelining client sends many.
      queueLimit: 10_000,
      // Client ids have 257 characters at most, and those of MQTT 3.1 are refused anyway.
      maxClientsIdLength: 1024,
      preConnect: (client, packet, done) => this.#preConnect(client, packet, done),
      authenticate: (client, userName, password, done) => {
        this.#authenticate(client, userName, password).then(
          (refusal) => {
            if (refusal !== "hold") done(refusal ?? null, refusal === undefined);
          },
          (error: unknown) => this.#links.get(client)?.end("protocolError", messageOf(error)),
        );
      },
      authorizePublish: (client, packet, done) => {
        if (client !== null) this.#publish(client, packet, done);
      },
      authorizeSubscribe: (client, subscription, done) => {
        const { session, registration } = this.#links.get(client) ?? {};
        if (registration !== undefined) {
          const answer = registration.subscribe(subscription.topic, subscription.qos);
          done(null, answer === 128 ? null : subscription);
          return;
        }
        if (session === undefined || session.ended) {
          done(null, null);
          return;
        }
        // Asked again for stored subscriptions, before the CONNACK: those are known and stay as they are.
        const granted = session.live
          ? hub.subscribe(session, subscription.topic, subscription.qos)
          : subscription.qos;
        done(null, granted === 128 ? null : subscription);
      },
      authorizeForward: (_client, packet) => {
        const id = packet.properties?.subscriptionIdentifier;
        return typeof id === "number" ? { ...packet, messageId: id } : packet;
      },
    });
    this.#listen();
  }

  /** Gets ready for connections; {@link Broker.close} undoes it. */
  async open(): Promise<void> {
    await this.#aedes.listen();
  }

  /** Takes a connection of a device. */
  accept(wire: Wire): void {
    const link = new Link(wire, this.#clock, this.#faults, (ended, reason, detail) => {
      this.#open.delete(ended);
      if (ended.session !== undefined) this.#hub.disconnected(ended.session, reason, detail);
    });
    this.#open.add(link);
    const client = this.#aedes.handle(link.stream);
    link.client = client;
    this.#links.set(client, link);
    link.stream.start();
  }

  /** Does something to the connection of an identity. False when it has none. */
  withLink(key: string, act: (link: Link) => void): boolean {
    for (const link of this.#open) {
      if (link.key !== key) continue;
      act(link);
      return true;
    }
    return false;
  }

  /** Ends every connection. */
  endAll(how: "fin" | "rst"): void {
    for (const link of [...this.#open]) link.cut(how);
  }

  close(): Promise<void> {
    for (const link of [...this.#open]) link.end("hubStopped");
    return new Promise((resolve) => this.#aedes.close(() => resolve()));
  }

  #preConnect(
    client: Client,
    packet: ConnectPacket,
    done: (error: Error | null, success: boolean) => void,
  ): void {
    const link = this.#links.get(client);
    if (link === undefined) {
      done(new Error("unknown connection"), false);
      return;
    }
    if (packet.protocolId !== "MQTT" || packet.protocolVersion !== 4) {
      const detail = `${packet.protocolId} level ${packet.protocolVersion} is not MQTT 3.1.1`;
      this.#hub.refused(packet.clientId, { reason: "protocolLevel", returnCode: 1, detail });
      refuseLevel(packet);
      done(null, true);
      return;
    }
    const name = this.#registrations.nameOf(packet);
    if (name !== undefined) this.#registering.set(link, name);
    const fault = this.#faults.onConnect(
      name === undefined ? packet.clientId : registrationKey(packet.clientId),
    );
    if (fault !== undefined) this.#faultyConnects.set(link, fault);
    if (typeof fault === "object") {
      const { returnCode } = fault;
      this.#hub.refused(packet.clientId, { reason: "fault", returnCode, detail: faultDetail });
      // The one code that aedes does not take from `authenticate`.
      if (fault.returnCode === 1) refuseLevel(packet);
    }
    const asked = packet.keepalive ?? 0;
    packet.keepalive = Math.min(asked === 0 ? keepAliveCapSeconds : asked, keepAliveCapSeconds);
    const { clientId, clean = true, keepalive: keepAlive, will } = packet;
    this.#connects.set(link, {
      clientId,
      clean,
      keepAlive,
      ...(will === undefined
        ? {}
        : {
            will: {
              topic: will.topic,
              payload: typeof will.payload === "string" ? utf8(will.payload) : new Uint8Array(will.payload),
              qos: will.qos ?? 0,
              retain: will.retain ?? false,
            },
          }),
    });
    // The hub makes telemetry of the will itself.
    delete packet.will;
    // The same name may belong to a device that is connected, and the provisioning service keeps no session.
    if (name !== undefined) Object.assign(packet, { clientId: registrationKey(clientId), clean: true });
    done(null, true);
  }

  async #authenticate(
    client: Client,
    userName: string | undefined,
    password: Buffer | undefined,
  ): Promise<AuthenticateError | "hold" | undefined> {
    const link = this.#links.get(client);
    const connectFields = link === undefined ? undefined : this.#connects.get(link);
    if (link === undefined || connectFields === undefined) return "hold";
    const fault = this.#faultyConnects.get(link);
    if (fault === "withhold") return "hold";
    if (fault !== undefined) return refusal(fault.returnCode, faultDetail);
    const certificates = link.certificates();
    const name = this.#registering.get(link);
    if (name !== undefined) {
      const problem = await this.#registrations.accept(link, name, connectFields.clientId, password);
      if (problem !== undefined) return refusal(5, problem);
      return link.ended ? "hold" : undefined;
    }
    const outcome = await this.#hub.connect({
      connectFields,
      userName,
      password,
      certificates,
      connection: link,
    });
    if ("reason" in outcome) {
      if (outcome.returnCode !== undefined) return refusal(outcome.returnCode, outcome.detail);
      link.end("protocolError", outcome.detail);
      return "hold";
    }
    link.session = outcome.session;
    // The socket may have gone while the token was verified.
    if (link.ended) this.#hub.disconnected(outcome.session, "connectionLost");
    return link.ended ? "hold" : undefined;
  }

  #publish(client: Client, packet: PublishPacket, done: (error?: Error | null) => void): void {
    const link = this.#links.get(client);
    if (link?.key === undefined || link.ended) return;
    const { topic, qos, retain, dup } = packet;
    // A copy: the original is a view into what was read from the socket, and would keep all of it.
    const payload =
      typeof packet.payload === "string" ? utf8(packet.payload) : new Uint8Array(packet.payload);
    const problem =
      link.session === undefined
        ? link.registration?.publish(topic, qos, payload)
        : this.#hub.publish(link.session, { topic, qos, retain, dup, payload });
    if (problem === "cut") {
      link.cut("rst");
      return;
    }
    if (problem !== undefined) {
      link.end("protocolError", problem);
      done(new Error(problem));
      return;
    }
    const how = this.#faults.countPublish(link.key);
    // Cut, the message is in the hub and its PUBACK never goes out.
    if (how === undefined) done();
    else link.cut(how);
  }

  #listen(): void {
    const of = (client: Client): Link | undefined => this.#links.get(client);
    this.#aedes.on("clientReady", (client) => {
      const session = of(client)?.session;
      if (session !== undefined) this.#hub.ready(session);
    });
    this.#aedes.on("subscribe", (_subscriptions, client) => {
      const session = of(client)?.session;
      if (session !== undefined) this.#hub.subscribed(session);
    });
    this.#aedes.on("unsubscribe", (topics, client) => {
      const { session, registration } = of(client) ?? {};
      for (const topic of topics) {
        registration?.unsubscribe(topic);
        if (session !== undefined) this.#hub.unsubscribe(session, topic);
      }
    });
    this.#aedes.on("ping", (_packet, client) => {
      const session = of(client)?.session;
      if (session !== undefined) this.#hub.events.emit("pingReceived", session.identity, {});
    });
    this.#aedes.on("keepaliveTimeout", (client) => of(client)?.end("keepAliveTimeout"));
    const failed = (client: Client, error: Error): void => {
      const link = of(client);
      if (link !== undefined && !link.stream.lost) link.end("protocolError", error.message);
    };
    this.#aedes.on("clientError", failed);
    this.#aedes.on("connectionError", failed);
  }
}

function refusal(returnCode: number, detail: string): AuthenticateError {
  return Object.assign(new Error(detail), { returnCode });
}

// aedes takes level 3 as well, and answers a level below 3 with CONNACK 1.
function refuseLevel(packet: ConnectPacket): void {
  (packet as { protocolVersion?: number }).protocolVersion = 0;
}
