import type { Certificate } from "../certificates/certificate.ts";
import type { Transport } from "../hub/sessions/session.ts";

/** The callbacks of a wire. */
export interface WireHandlers {
  onData(bytes: Uint8Array): void;
  /** Called once, when the client has closed the connection or the connection is lost. */
  onEnd(): void;
}

/** A byte connection to a device: a TCP or TLS connection, a WebSocket, or any other duplex stream. */
export interface Wire {
  readonly transport: Transport;
  readonly remoteAddress: string;
  /** The client certificate of the TLS connection with its chain, leaf first. */
  certificates(): readonly Certificate[];
  start(handlers: WireHandlers): void;
  /** Sends bytes as one write or one frame. Calls `done` when they have left this process. */
  write(bytes: Uint8Array, done: () => void): void;
  pause(): void;
  resume(): void;
  /** Closes with FIN after sending what was written. */
  end(): void;
  /** Closes after the client's DISCONNECT, with the closing handshake of a WebSocket. Without it, `end` does. */
  conclude?(): void;
  /** Resets with RST; what was written may be lost. */
  reset(): void;
}
