import { createRequire } from "node:module";
import { isIP } from "node:net";
import { ConnectionFailedError } from "@isohub/core";
import {
  type Connection,
  type ConnectionHandlers,
  type Endpoint,
  WriteCoalescer,
} from "@isohub/core/runtime";
import type { WebSocket } from "ws";
import { connectError } from "./connect-errors.ts";
import { atEndOfTick } from "./end-of-tick.ts";
import { openSecuredSocket } from "./secured-socket.ts";

// Loaded with the first connection: an import of the package costs nothing until then.
const load = createRequire(import.meta.url);

/** Above this many bytes in its buffer a WebSocket counts as full. */
const highWaterMark = 1_048_576;

/** Opens a WebSocket, over TLS unless the hub is on this machine; resolves when the upgrade is done. */
export async function connectWebSocket(
  endpoint: Endpoint,
  handlers: ConnectionHandlers,
  signal: AbortSignal,
): Promise<Connection> {
  const { WebSocket } = load("ws") as typeof import("ws");
  // The socket is ours, so that trust, certificates, proxies and their errors are those of MQTT over TLS.
  const secured = endpoint.secure ? await openSecuredSocket(endpoint, signal) : undefined;
  return new Promise((resolve, reject) => {
    const { host, port, path } = endpoint;
    const scheme = secured === undefined ? "ws" : "wss";
    const authority = `${isIP(host) === 6 ? `[${host}]` : host}${port === (endpoint.secure ? 443 : 80) ? "" : `:${port}`}`;
    const socket = new WebSocket(`${scheme}://${authority}${path}`, "mqtt", {
      perMessageDeflate: false,
      skipUTF8Validation: true,
      ...(secured === undefined ? {} : { createConnection: () => secured }),
    });
    const giveUp = (): void => {
      socket.terminate();
      reject(signal.reason);
    };
    signal.addEventListener("abort", giveUp);
    const end = (error: Error): void => {
      signal.removeEventListener("abort", giveUp);
      secured?.destroy();
      reject(error);
    };
    // Stays: what a terminated WebSocket still has to say has nobody to hear it.
    socket.on("error", (error) => end(connectError(error, endpoint)));
    socket.on("unexpected-response", (request, response) => {
      request.destroy();
      end(
        new ConnectionFailedError(
          "websocket_refused",
          `${host}:${port} answered the WebSocket upgrade with HTTP ${response.statusCode}`,
        ),
      );
    });
    socket.once("open", () => {
      signal.removeEventListener("abort", giveUp);
      resolve(new WebSocketConnection(socket, handlers));
    });
  });
}

class WebSocketConnection implements Connection {
  readonly #socket: WebSocket;
  readonly #writer: WriteCoalescer;
  #full = false;

  constructor(socket: WebSocket, handlers: ConnectionHandlers) {
    this.#socket = socket;
    let cause: Error | undefined;
    const written = (): void => {
      if (!this.#full || socket.bufferedAmount > highWaterMark / 2) return;
      this.#full = false;
      this.#writer.drained();
      handlers.onDrain();
    };
    this.#writer = new WriteCoalescer((block) => {
      socket.send(block, { binary: true, compress: false }, written);
      this.#full = socket.bufferedAmount > highWaterMark;
      return !this.#full;
    }, atEndOfTick);
    // A Buffer, or several when the runtime delivers a message in fragments.
    socket.on("message", (data: Buffer | Buffer[] | ArrayBuffer) => {
      if (Array.isArray(data)) for (const part of data) handlers.onData(part);
      else handlers.onData(data instanceof ArrayBuffer ? new Uint8Array(data) : data);
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
      if (this.#socket.readyState === this.#socket.CLOSED) return resolve();
      this.#socket.once("close", () => resolve());
      this.#writer.flush();
      this.#socket.close();
    });
  }

  abort(): void {
    this.#writer.close();
    this.#socket.terminate();
  }
}
