import type { TLSSocket } from "node:tls";
import {
  type Connection,
  type ConnectionHandlers,
  type Endpoint,
  Refusal,
  type RefusalExplanation,
} from "@isohub/core/runtime";
import { BlockWriter } from "../block-writer.ts";
import { tlsReason } from "../connect-errors.ts";
import { fetchOnce } from "../http/fetch-once.ts";
import { openSecuredSocket } from "./secured-socket.ts";

/** Opens a TLS connection. Resolves after the handshake with a trusted peer. */
export async function connectTls(
  endpoint: Endpoint,
  handlers: ConnectionHandlers,
  signal: AbortSignal,
): Promise<Connection> {
  const early: Uint8Array[] = [];
  let receive = (bytes: Uint8Array): void => void early.push(new Uint8Array(bytes));
  const socket = await openSecuredSocket(endpoint, signal, "given", handlers, (bytes) => receive(bytes));
  const connection = new TlsConnection(socket, endpoint, handlers);
  receive = (bytes) => connection.receive(bytes);
  early.forEach(receive);
  return connection;
}

class TlsConnection implements Connection {
  readonly #socket: TLSSocket;
  readonly #writer: BlockWriter;
  readonly #endpoint: Endpoint;
  readonly #handlers: ConnectionHandlers;
  #hasReceived = false;
  #refusal: Refusal | undefined;

  constructor(socket: TLSSocket, endpoint: Endpoint, handlers: ConnectionHandlers) {
    this.#socket = socket;
    this.#endpoint = endpoint;
    this.#handlers = handlers;
    this.#writer = new BlockWriter((blocks) => {
      let room = true;
      for (const block of blocks) room = socket.write(block);
      return room;
    });
    let cause: Error | undefined;
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
      if (this.#refusal === undefined) handlers.onClose(cause);
      else this.#refusal.whenKnown(() => handlers.onClose(cause));
    });
  }

  /** @param bytes - valid during the call only */
  receive(bytes: Uint8Array): void {
    if (!this.#hasReceived) {
      this.#hasReceived = true;
      this.#refusal = Refusal.read(bytes, this.#endpoint, fetchOnce);
    }
    if (this.#refusal === undefined) {
      this.#handlers.onData(bytes);
      return;
    }
    const copy = new Uint8Array(bytes);
    this.#refusal.whenKnown(() => this.#handlers.onData(copy));
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
    this.#refusal?.abort();
    this.#writer.close();
    this.#socket.destroy();
  }

  explainRefusal(
    code: number,
    tokenExpiry: number | undefined,
    username?: string,
  ): RefusalExplanation | undefined {
    return this.#refusal?.explain(code, tokenExpiry, username);
  }
}
