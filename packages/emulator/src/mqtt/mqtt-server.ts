import { type Clock, utf8 } from "@isohub/core/internal";
import { Aedes, type AuthenticateError, type Client, type ConnectPacket, type PublishPacket } from "aedes";
import type { Hub } from "../hub/hub.ts";
import { messageOf } from "../hub/hub-error.ts";
import type { ConnectFields } from "../hub/session.ts";
import type { Wire } from "../listeners/wire.ts";
import { registrationKey } from "../provisioning/provisioning-session.ts";
import type { ProvisioningUserName } from "../provisioning/user-name.ts";
import { HubPersistence, NoRouting } from "./aedes-adapters.ts";
import { type ConnectionFaults, MqttConnection } from "./device-connection.ts";
import type { Registrations } from "./registrations.ts";

/** The faults of all connections. */
export interface MqttFaults extends ConnectionFaults {
  /** Decides what happens to a CONNECT before the hub sees it. */
  onConnect(clientId: string): ConnectFault | undefined;
}

/** The effect of faults on a CONNECT: it isn't answered, or it is refused with this return code. */
export type ConnectFault = "withhold" | { readonly returnCode: 1 | 2 | 3 | 4 | 5 };

// The hub closes a connection after 1767 s without a packet, which is 1.5 times this, even if the client requested 0.
const keepAliveCapSeconds = 1178;
const connectTimeoutMs = 60_000;
const faultDetail = "refused by a fault rule";

/**
 * The hub's MQTT 3.1.1 server. aedes reads and writes packets, answers PINGREQ, sends PUBACKs and enforces the keep-alive,
 * but doesn't route or store anything. The hub makes the decisions.
 */
export class MqttServer {
  readonly #hub: Hub;
  readonly #clock: Clock;
  readonly #faults: MqttFaults;
  readonly #registrations: Registrations;
  readonly #aedes: Aedes;
  readonly #connections = new WeakMap<Client, MqttConnection>();
  readonly #open = new Set<MqttConnection>();
  readonly #connects = new WeakMap<MqttConnection, ConnectFields>();
  readonly #faultyConnects = new WeakMap<MqttConnection, ConnectFault>();
  readonly #registering = new WeakMap<MqttConnection, ProvisioningUserName>();

  constructor(hub: Hub, clock: Clock, faults: MqttFaults, registrations: Registrations) {
    this.#hub = hub;
    this.#registrations = registrations;
    this.#clock = clock;
    this.#faults = faults;
    this.#aedes = new Aedes({
      mq: new NoRouting(),
      persistence: new HubPersistence(
        (clientId) => hub.sessions.list().find(({ key }) => key === clientId),
        (client, packetId) => {
          const session = this.#connections.get(client)?.session;
          if (session !== undefined) hub.acknowledge(session, packetId);
        },
      ),
      connectTimeout: connectTimeoutMs,
      // Packets received before the CONNACK is sent; a pipelining client sends many.
      queueLimit: 10_000,
      // Client ids have up to 257 characters.
      maxClientsIdLength: 1024,
      preConnect: (client, packet, done) => this.#preConnect(client, packet, done),
      authenticate: (client, userName, password, done) => {
        this.#authenticate(client, userName, password).then(
          (refusal) => {
            if (refusal !== "hold") done(refusal ?? null, refusal === undefined);
          },
          (error: unknown) => this.#connections.get(client)?.end("protocolError", messageOf(error)),
        );
      },
      authorizePublish: (client, packet, done) => {
        if (client !== null) this.#publish(client, packet, done);
      },
      authorizeSubscribe: (client, subscription, done) => {
        const { session, registration } = this.#connections.get(client) ?? {};
        if (registration !== undefined) {
          const answer = registration.subscribe(subscription.topic, subscription.qos);
          done(null, answer === 128 ? null : subscription);
          return;
        }
        if (session === undefined || session.ended) {
          done(null, null);
          return;
        }
        // Before the CONNACK, aedes also authorizes stored subscriptions, which stay as they are.
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

  /** Prepares for connections. {@connection MqttServer.close} undoes it. */
  async open(): Promise<void> {
    await this.#aedes.listen();
  }

  /** Accepts a connection of a device. */
  accept(wire: Wire): void {
    const connection = new MqttConnection(wire, this.#clock, this.#faults, (ended, reason, detail) => {
      this.#open.delete(ended);
      if (ended.session !== undefined) this.#hub.disconnected(ended.session, reason, detail);
    });
    this.#open.add(connection);
    const client = this.#aedes.handle(connection.stream);
    connection.client = client;
    this.#connections.set(client, connection);
    connection.stream.start();
  }

  /** Calls `act` with the connection of an identity. Returns false if it isn't connected. */
  withConnection(key: string, act: (connection: MqttConnection) => void): boolean {
    for (const connection of this.#open) {
      if (connection.key !== key) continue;
      act(connection);
      return true;
    }
    return false;
  }

  /** Ends every connection. */
  endAll(how: "fin" | "rst"): void {
    for (const connection of [...this.#open]) connection.cut(how);
  }

  close(): Promise<void> {
    for (const connection of [...this.#open]) connection.end("hubStopped");
    return new Promise((resolve) => this.#aedes.close(() => resolve()));
  }

  #preConnect(
    client: Client,
    packet: ConnectPacket,
    done: (error: Error | null, success: boolean) => void,
  ): void {
    const connection = this.#connections.get(client);
    if (connection === undefined) {
      done(new Error("unknown connection"), false);
      return;
    }
    if (packet.protocolId !== "MQTT" || packet.protocolVersion !== 4) {
      const detail = `${packet.protocolId} level ${packet.protocolVersion} isn't MQTT 3.1.1`;
      this.#hub.refused(packet.clientId, { reason: "protocolLevel", returnCode: 1, detail });
      refuseLevel(packet);
      done(null, true);
      return;
    }
    const name = this.#registrations.nameOf(packet);
    if (name !== undefined) this.#registering.set(connection, name);
    const fault = this.#faults.onConnect(
      name === undefined ? packet.clientId : registrationKey(packet.clientId),
    );
    if (fault !== undefined) this.#faultyConnects.set(connection, fault);
    if (typeof fault === "object") {
      const { returnCode } = fault;
      this.#hub.refused(packet.clientId, { reason: "fault", returnCode, detail: faultDetail });
      // The only return code that aedes doesn't accept from `authenticate`.
      if (fault.returnCode === 1) refuseLevel(packet);
    }
    const requested = packet.keepalive ?? 0;
    packet.keepalive = Math.min(requested === 0 ? keepAliveCapSeconds : requested, keepAliveCapSeconds);
    const { clientId, clean = true, keepalive: keepAlive, will } = packet;
    this.#connects.set(connection, {
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
    // The hub itself turns the will into telemetry.
    delete packet.will;
    // A connected device may have the same name, and the provisioning service has no persistent sessions.
    if (name !== undefined) Object.assign(packet, { clientId: registrationKey(clientId), clean: true });
    done(null, true);
  }

  async #authenticate(
    client: Client,
    userName: string | undefined,
    password: Buffer | undefined,
  ): Promise<AuthenticateError | "hold" | undefined> {
    const connection = this.#connections.get(client);
    const connectFields = connection === undefined ? undefined : this.#connects.get(connection);
    if (connection === undefined || connectFields === undefined) return "hold";
    const fault = this.#faultyConnects.get(connection);
    if (fault === "withhold") return "hold";
    if (fault !== undefined) return refusal(fault.returnCode, faultDetail);
    const certificates = connection.certificates();
    const name = this.#registering.get(connection);
    if (name !== undefined) {
      const problem = await this.#registrations.accept(connection, name, connectFields.clientId, password);
      if (problem !== undefined) return refusal(5, problem);
      return connection.ended ? "hold" : undefined;
    }
    const outcome = await this.#hub.connect({ connectFields, userName, password, certificates, connection });
    if ("reason" in outcome) {
      if (outcome.returnCode !== undefined) return refusal(outcome.returnCode, outcome.detail);
      connection.end("protocolError", outcome.detail);
      return "hold";
    }
    connection.session = outcome.session;
    // The socket may have closed while the token was verified.
    if (connection.ended) this.#hub.disconnected(outcome.session, "connectionLost");
    return connection.ended ? "hold" : undefined;
  }

  #publish(client: Client, packet: PublishPacket, done: (error?: Error | null) => void): void {
    const connection = this.#connections.get(client);
    if (connection?.key === undefined || connection.ended) return;
    const { topic, qos, retain, dup } = packet;
    // A copy: the original is a view of the socket's whole read buffer, which it would keep in memory.
    const payload =
      typeof packet.payload === "string" ? utf8(packet.payload) : new Uint8Array(packet.payload);
    const problem =
      connection.session === undefined
        ? connection.registration?.publish(topic, qos, payload)
        : this.#hub.publish(connection.session, { topic, qos, retain, dup, payload });
    if (problem === "cut") {
      connection.cut("rst");
      return;
    }
    if (problem !== undefined) {
      connection.end("protocolError", problem);
      done(new Error(problem));
      return;
    }
    const how = this.#faults.countPublish(connection.key);
    // After a cut, the hub has the message, but its PUBACK is never sent.
    if (how === undefined) done();
    else connection.cut(how);
  }

  #listen(): void {
    const connectionOf = (client: Client): MqttConnection | undefined => this.#connections.get(client);
    this.#aedes.on("clientReady", (client) => {
      const session = connectionOf(client)?.session;
      if (session !== undefined) this.#hub.ready(session);
    });
    this.#aedes.on("subscribe", (_subscriptions, client) => {
      const session = connectionOf(client)?.session;
      if (session !== undefined) this.#hub.subscribed(session);
    });
    this.#aedes.on("unsubscribe", (topics, client) => {
      const { session, registration } = connectionOf(client) ?? {};
      for (const topic of topics) {
        registration?.unsubscribe(topic);
        if (session !== undefined) this.#hub.unsubscribe(session, topic);
      }
    });
    this.#aedes.on("ping", (_packet, client) => {
      const session = connectionOf(client)?.session;
      if (session !== undefined) this.#hub.events.emit("pingReceived", session.identity, {});
    });
    this.#aedes.on("keepaliveTimeout", (client) => connectionOf(client)?.end("keepAliveTimeout"));
    const failed = (client: Client, error: Error): void => {
      const connection = connectionOf(client);
      if (connection !== undefined && !connection.stream.lost) connection.end("protocolError", error.message);
    };
    this.#aedes.on("clientError", failed);
    this.#aedes.on("connectionError", failed);
  }
}

function refusal(returnCode: number, detail: string): AuthenticateError {
  return Object.assign(new Error(detail), { returnCode });
}

// aedes would accept level 3; it answers lower levels with CONNACK 1.
function refuseLevel(packet: ConnectPacket): void {
  (packet as { protocolVersion?: number }).protocolVersion = 0;
}
