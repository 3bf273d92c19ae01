import type { Clock, ConnectPacket, ForeignConnect } from "@isohub/core/internal";
import type { Hub } from "../hub/hub.ts";
import type { ConnectFields } from "../hub/sessions/session.ts";
import type { Wire } from "../listeners/wire.ts";
import { registrationKey } from "../provisioning/provisioning-session.ts";
import type { ConnectionFaults } from "./connection-faults.ts";
import type { ConnectionOwner } from "./connection-owner.ts";
import { MqttConnection } from "./mqtt-connection.ts";
import { HubHandler, registrationHandler } from "./packet-handler.ts";
import type { Registrations } from "./registrations.ts";

/** The faults of all connections of devices, over MQTT or another protocol. */
export interface DeviceFaults extends ConnectionFaults {
  /** Decides what happens to a CONNECT before the hub sees it. */
  onConnect(clientId: string): ConnectFault | undefined;
}

/** The effect of faults on a CONNECT: it isn't answered, answered late, or refused with this return code. */
export type ConnectFault =
  | "withhold"
  | { readonly delayMs: number }
  | { readonly returnCode: 1 | 2 | 3 | 4 | 5 };

/** Options of an {@link MqttServer}. */
export interface MqttServerOptions {
  readonly hub: Hub;
  readonly registrations: Registrations;
  /** For timers. */
  readonly clock: Clock;
  readonly faults: DeviceFaults;
  /** Calls `run` at the end of the event-loop tick. Everything a connection sends in one tick is one write. */
  schedule(run: () => void): void;
  /** Resolves when everything that the hub has stored is written; nothing is acknowledged before. */
  written?(): Promise<void> | undefined;
}

// The hub closes a connection after 1767 s without a packet, which is 1.5 times this, even if the client requested 0.
const keepAliveCapSeconds = 1178;

/** The hub's MQTT 3.1.1 server. It owns no sockets: it accepts any {@link Wire}. */
export class MqttServer {
  readonly #options: MqttServerOptions;
  readonly #open = new Set<MqttConnection>();
  readonly #accepted = new Map<string, MqttConnection>();
  /** By client id, a promise that settles once the latest CONNECT is verified. */
  readonly #verifying = new Map<string, Promise<void>>();
  readonly #owner: ConnectionOwner<MqttConnection>;
  #unflushed = new Set<MqttConnection>();

  constructor(options: MqttServerOptions) {
    this.#options = options;
    this.#owner = {
      clock: options.clock,
      faults: options.faults,
      written: () => options.written?.(),
      flushLater: (connection) => this.#flushLater(connection),
      onConnect: (connection, packet) => this.#connect(connection, packet),
      onEnd: (connection, reason, detail) => {
        this.#open.delete(connection);
        const { key } = connection;
        if (key !== undefined && this.#accepted.get(key) === connection) this.#accepted.delete(key);
        else if (key === undefined && reason === "protocolError" && detail !== undefined) {
          options.hub.refused("", { reason: "malformedPacket", detail });
        }
      },
    };
  }

  /** Accepts a connection of a device. */
  accept(wire: Wire): void {
    const connection = new MqttConnection(wire, this.#owner);
    this.#open.add(connection);
    connection.start();
  }

  /** Calls `act` with the connection of an identity. Returns false if it isn't connected. */
  withConnection(key: string, act: (connection: MqttConnection) => void): boolean {
    const connection = this.#accepted.get(key);
    if (connection !== undefined) act(connection);
    return connection !== undefined;
  }

  /** Ends every connection. */
  endAll(how: "fin" | "rst"): void {
    for (const connection of [...this.#open]) connection.cut(how);
  }

  close(): void {
    for (const connection of [...this.#open]) connection.end("hubStopped");
  }

  #flushLater(connection: MqttConnection): void {
    if (this.#unflushed.size === 0) this.#options.schedule(() => this.#flush());
    this.#unflushed.add(connection);
  }

  #flush(): void {
    const unflushed = this.#unflushed;
    this.#unflushed = new Set();
    const flush = (): void => {
      for (const connection of unflushed) connection.flush();
    };
    const written = this.#options.written?.();
    if (written === undefined) flush();
    else void written.then(flush);
  }

  async #connect(connection: MqttConnection, packet: ConnectPacket | ForeignConnect): Promise<void> {
    const { hub, registrations, faults } = this.#options;
    if ("protocol" in packet) {
      const detail = `${packet.protocol} isn't MQTT 3.1.1`;
      hub.refused(packet.clientId, { reason: "protocolLevel", returnCode: 1, detail });
      connection.refuse(1);
      return;
    }
    const { clientId } = packet;
    const name = registrations.nameOf(packet.username);
    const fault = faults.onConnect(name === undefined ? clientId : registrationKey(clientId));
    if (fault === "withhold") return;
    if (fault !== undefined && "delayMs" in fault) {
      await new Promise<void>((resolve) => void this.#options.clock.setTimer(resolve, fault.delayMs));
      if (connection.ended) return;
    } else if (fault !== undefined) {
      const { returnCode } = fault;
      hub.refused(clientId, { reason: "fault", returnCode, detail: "refused by a fault rule" });
      connection.refuse(returnCode);
      return;
    }
    await this.#inOrder(clientId, () => this.#verify(connection, packet));
  }

  /** Verifies the connections of a client in the order of their CONNECTs, so that an older one can't take over a newer one. */
  async #inOrder(clientId: string, run: () => Promise<void>): Promise<void> {
    const before = this.#verifying.get(clientId);
    const own = before === undefined ? run() : before.then(run);
    const settled = own.catch(() => {});
    this.#verifying.set(clientId, settled);
    await settled;
    if (this.#verifying.get(clientId) === settled) this.#verifying.delete(clientId);
    await own;
  }

  async #verify(connection: MqttConnection, packet: ConnectPacket): Promise<void> {
    const { hub, registrations } = this.#options;
    const { clientId, username: userName, password } = packet;
    const name = registrations.nameOf(userName);
    const connectFields = fieldsOf(packet);
    if (name !== undefined) {
      const session = await registrations.open(connection, name, clientId, password);
      if (session === undefined) connection.refuse(5);
      else if (!connection.ended) {
        const handler = registrationHandler(session, connectFields.keepAlive);
        this.#accepted.set(handler.key, connection);
        connection.accept(handler);
      }
      return;
    }
    const certificates = connection.certificates();
    const outcome = await hub.connect({ connectFields, userName, password, certificates, connection });
    if ("reason" in outcome) {
      if (outcome.returnCode === undefined) connection.end("protocolError");
      else connection.refuse(outcome.returnCode);
      return;
    }
    // The socket may have closed while the token was verified.
    if (connection.ended) {
      hub.operations.disconnected(outcome.session, "connectionLost");
      return;
    }
    this.#accepted.set(outcome.session.key, connection);
    connection.accept(new HubHandler(hub, outcome.session));
  }
}

function fieldsOf({ clientId, cleanSession, keepAliveSeconds, will }: ConnectPacket): ConnectFields {
  const requested = keepAliveSeconds === 0 ? keepAliveCapSeconds : keepAliveSeconds;
  return {
    clientId,
    clean: cleanSession,
    keepAlive: Math.min(requested, keepAliveCapSeconds),
    ...(will === undefined ? {} : { will }),
  };
}
