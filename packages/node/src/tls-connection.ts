import type { TLSSocket } from "node:tls";
import {
  type Connection,
  type ConnectionHandlers,
  type Endpoint,
  WriteCoalescer,
} from "@isohub/core/runtime";
import { tlsReason } from "./connect-errors.ts";
import { atEndOfTick } from "./end-of-tick.ts";
import { openSecuredSocket } from "./secured-socket.ts";

/** Opens a TLS connection. Resolves after the handshake with a trusted peer. */
export async function connectTls(
  endpoint: Endpoint,
  handlers: ConnectionHandlers,
  signal: AbortSignal,
): Promise<Connection> {
  return new TlsConnection(await openSecuredSocket(endpoint, signal, "given", handlers), handlers);
}

class TlsConnection implements Connection {
  readonly #socket: TLSSocket;
  readonly #writer: WriteCoalescer;

  constructor(socket: TLSSocket, handlers: ConnectionHandlers) {
    this.#socket = socket;
    this.#writer = new WriteCoalescer((block) => socket.write(block), atEndOfTick);
    let cause: Error | undefined;
    socket.on("data", (bytes) => handlers.onData(bytes));
    socket.on("drain", () => {
      this.#writer.drained();
      handlers.onDrain();
    });
    socket.on("error", (error) => {
      const reason = tlsReason(error);
      cause = reason === undefined ? error : new Error(reason, { cause: error });
    });
    socket.on("close", () => {
      this.#writer.close();
      handlers.onClose(cause);
    });
  }

  send(bytes: Uint8Array): boolean {
    return this.#writer.send(bytes);
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#socket.closed) return resolve();
      this.#socket.once("close", () => resolve());
      this.#writer.flush();
      this.#socket.end();
    });
  }

  abort(): void {
    this.#writer.close();
    this.#socket.destroy();
  }
}
