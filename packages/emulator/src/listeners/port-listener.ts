import { constants } from "node:crypto";
import type { Server as HttpServer } from "node:http";
import { createServer as createTcpServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { ServerCertificates } from "../certificates/node/server-certificate.ts";
import type { SocketPair } from "./wire.ts";

/** What a port does with a connection once its first byte is known. */
export interface PortHandlers {
  /** MQTT without a WebSocket; `first` is what has been read. */
  onMqtt(pair: SocketPair, first: Uint8Array): void;
  /** Everything else, which is HTTP or nothing. */
  readonly http: HttpServer;
}

/** The TCP socket under each stream, and whether it is secured. */
export const socketPairs: WeakMap<Socket, SocketPair & { readonly secure: boolean }> = new WeakMap();

// The first byte of a CONNECT packet. HTTP begins with a letter.
const mqttConnect = 0x10;
const firstByteTimeoutMs = 60_000;

/** One port on one address: MQTT and HTTP told apart by the first byte, below TLS or not. */
export class PortListener {
  readonly host: string;
  readonly #server: Server;
  readonly #handlers: PortHandlers;
  readonly #secure: boolean;
  readonly #sockets = new Set<Socket>();
  #port: number;

  /** @param certificates - given for a TLS port. @param port - 0 for any that is free. */
  constructor(host: string, port: number, handlers: PortHandlers, certificates?: ServerCertificates) {
    this.host = host;
    this.#port = port;
    this.#handlers = handlers;
    this.#secure = certificates !== undefined;
    this.#server = certificates === undefined ? createTcpServer() : this.#tlsServer(certificates);
    this.#server.on("connection", (tcp: Socket) => this.#track(tcp));
    if (!this.#secure) this.#server.on("connection", (tcp: Socket) => this.#sniff(tcp, tcp));
  }

  /** The port in use, once it listens; the same again after a pause. */
  get port(): number {
    return this.#port;
  }

  /** @throws {Error} of the system, with `code`: `EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL` … */
  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen({ host: this.host, port: this.#port }, () => {
        this.#server.off("error", reject);
        const address = this.#server.address();
        if (typeof address === "object" && address !== null) this.#port = address.port;
        resolve();
      });
    });
  }

  /** Stops accepting and ends what is open. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      for (const socket of this.#sockets) socket.destroy();
    });
  }

  #tlsServer({ cert, key }: ServerCertificates): Server {
    // A client certificate is asked for and not needed: the hub decides at CONNECT whether it wants one.
    const server = createTlsServer({
      cert,
      key,
      requestCert: true,
      rejectUnauthorized: false,
      minVersion: "TLSv1.2",
      // A session that is resumed by a ticket has the client's certificate and not the chain above it.
      secureOptions: constants.SSL_OP_NO_TICKET,
    });
    const below = new Map<string, Socket>();
    server.on("connection", (tcp: Socket) => {
      below.set(endOf(tcp), tcp);
      const key = endOf(tcp);
      tcp.on("close", () => below.delete(key));
    });
    server.on("secureConnection", (stream) => this.#sniff(stream, below.get(endOf(stream)) ?? stream));
    // A client that does not trust us, or does not speak TLS: its own problem, and it knows.
    server.on("tlsClientError", () => {});
    return server;
  }

  #track(tcp: Socket): void {
    this.#sockets.add(tcp);
    tcp.setNoDelay(true);
    tcp.on("close", () => this.#sockets.delete(tcp));
  }

  #sniff(stream: Socket, tcp: Socket): void {
    const pair = { stream, tcp, secure: this.#secure };
    socketPairs.set(stream, pair);
    const giveUp = (): void => void stream.destroy();
    stream.on("error", giveUp);
    stream.setTimeout(firstByteTimeoutMs, giveUp);
    stream.once("data", (first: Buffer) => {
      stream.setTimeout(0);
      stream.off("timeout", giveUp);
      stream.pause();
      if (first[0] === mqttConnect) {
        this.#handlers.onMqtt(pair, first);
        return;
      }
      stream.off("error", giveUp);
      stream.unshift(first);
      this.#handlers.http.emit("connection", stream);
      process.nextTick(() => stream.resume());
    });
  }
}

// Two connections never share the other end's address and port at one time.
function endOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort}`;
}
