import type { Clock, ConnectPacket, ForeignConnect } from "@isohub/core/internal";
import type { DisconnectReason } from "../hub/sessions/session.ts";
import type { ConnectionFaults } from "./connection-faults.ts";

/** The server that a connection belongs to. */
export interface ConnectionOwner<Connection> {
  /** For timers. */
  readonly clock: Clock;
  readonly faults: ConnectionFaults;
  /** Resolves when everything that the hub has stored is written; `undefined` if it is. */
  written(): Promise<void> | undefined;
  /** Calls `flush` of the connection at the end of the event-loop tick, after everything is written. */
  flushLater(connection: Connection): void;
  /** Answers a CONNECT with `accept` or `refuse`. */
  onConnect(connection: Connection, packet: ConnectPacket | ForeignConnect): Promise<void>;
  onEnd(connection: Connection, reason: DisconnectReason, detail: string | undefined): void;
}
