import type { DisconnectReason } from "../hub/sessions/session.ts";
import type { Wire } from "../listeners/wire.ts";
import { AmqpConnection } from "./amqp-connection.ts";
import type { AmqpContext } from "./amqp-context.ts";
import { unauthorized } from "./amqp-error.ts";

/** The time in which a connection must present a token. */
const authenticationMs = 60_000;
/** The number of connections that have presented no token yet. */
const maxUnauthenticated = 1_000;

/** The AMQP connections of a hub. */
export class AmqpServer {
  readonly #context: AmqpContext;
  readonly #open = new Set<AmqpConnection>();

  constructor(context: AmqpContext) {
    this.#context = context;
  }

  /** Accepts a connection. */
  accept(wire: Wire): void {
    const unauthenticated = [...this.#open].filter(({ isAuthenticated }) => !isAuthenticated).length;
    if (unauthenticated >= maxUnauthenticated) {
      const detail = `${maxUnauthenticated} connections have presented no token`;
      this.#context.hub.events.emit(
        "requestRefused",
        { deviceId: "" },
        { path: "AMQP", status: 429, detail },
      );
      wire.reset();
      return;
    }
    const connection = new AmqpConnection(wire, this.#context, () => {
      timer.cancel();
      this.#open.delete(connection);
    });
    const timer = this.#context.clock.setTimer(() => {
      if (!connection.isAuthenticated) {
        connection.end(
          unauthorized(`A connection must present a token within ${authenticationMs / 1000} s.`),
        );
      }
    }, authenticationMs);
    this.#open.add(connection);
    connection.start();
  }

  /** Ends the connections whose tokens have expired. Timers do; call it yourself after you set the clock. */
  checkExpiry(): void {
    for (const { claims } of [...this.#open]) claims.checkExpiry();
  }

  /** Whether a connection carries a device or module. */
  carries(key: string): boolean {
    return this.withConnection(key, () => {});
  }

  /** Ends the session of a device. Returns false if none of the connections carries it. */
  endDevice(key: string, reason: DisconnectReason): boolean {
    return this.withConnection(key, (connection) => connection.endDevice(key, reason));
  }

  /** Calls `act` with the connection of a device or module. Returns false if it has none over AMQP. */
  withConnection(key: string, act: (connection: AmqpConnection) => void): boolean {
    const connection = [...this.#open].find((each) => each.carries(key));
    if (connection !== undefined) act(connection);
    return connection !== undefined;
  }

  /** Ends every connection. */
  endAll(how: "fin" | "rst"): void {
    for (const connection of [...this.#open]) connection.hangUp(how);
  }

  close(): void {
    this.endAll("fin");
  }
}
