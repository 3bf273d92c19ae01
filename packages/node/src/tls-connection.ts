import { isIP } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import { type Connection, type ConnectionHandlers, type Endpoint, WriteCoalescer } from "@isohub/core";
import { connectError } from "./connect-errors.ts";
import { secureContextFor } from "./secure-context.ts";

/** Opens a TLS connection; resolves when the handshake is done and the certificate is trusted. */
export function connectTls(
  endpoint: Endpoint,
  handlers: ConnectionHandlers,
  signal: AbortSignal,
): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const { host, port } = endpoint;
    const socket = connect({
      host,
      port,
      secureContext: secureContextFor(endpoint),
      // SNI must be a name; an IP address is checked against the certificate all the same.
      servername: isIP(host) === 0 ? host : "",
    });
    socket.setNoDelay(true);
    const giveUp = (): void => {
      socket.destroy();
      reject(signal.reason);
    };
    signal.addEventListener("abort", giveUp);
    const refused = (error?: Error): void => {
      signal.removeEventListener("abort", giveUp);
      socket.destroy();
      reject(connectError(error ?? new Error("the connection was closed during the handshake"), endpoint));
    };
    const closed = (): void => refused();
    socket.once("error", refused);
    socket.once("close", closed);
    socket.once("secureConnect", () => {
      signal.removeEventListener("abort", giveUp);
      socket.off("error", refused);
      socket.off("close", closed);
      resolve(new TlsConnection(socket, handlers));
    });
  });
}

class TlsConnection implements Connection {
  readonly #socket: TLSSocket;
  readonly #writer: WriteCoalescer;

  constructor(socket: TLSSocket, handlers: ConnectionHandlers) {
    this.#socket = socket;
    this.#writer = new WriteCoalescer((block) => socket.write(block), process.nextTick);
    let cause: Error | undefined;
    socket.on("data", (bytes) => handlers.onData(bytes));
    socket.on("drain", () => {
      this.#writer.drained();
      handlers.onDrain();
    });
    socket.on("error", (error) => {
      cause = error;
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
