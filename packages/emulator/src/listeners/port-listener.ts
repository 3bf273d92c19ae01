import { constants } from "node:crypto";
import type { Server as HttpServer } from "node:http";
import { createServer as createTcpServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type SecureContextOptions, Server as TlsServer } from "node:tls";
import type { ServerCertificates } from "../certificates/node/server-certificate.ts";
import type { SocketPair } from "./socket-wire.ts";
import type { TlsVersion } from "./tls-version.ts";
import { holdBack, type WriteBarrier } from "./write-barrier.ts";

/** The receivers of a port's connections, selected by the first byte. */
export interface PortHandlers {
  /** Called for MQTT without a WebSocket. `first` are the bytes that have been read. */
  onMqtt(pair: SocketPair, first: Uint8Array): void;
  /** Called for AMQP without a WebSocket. `first` are the bytes that have been read. */
  onAmqp(pair: SocketPair, first: Uint8Array): void;
  /** Receives all other connections. */
  readonly http: HttpServer;
  /** Holds back what is sent until the disk has what came before. */
  readonly barrier?: WriteBarrier | undefined;
}

/** The certificates of a TLS port, and the oldest TLS version that it accepts, by default 1.2. */
export interface TlsOptions extends ServerCertificates {
  readonly minTlsVersion?: TlsVersion;
}

/** The times after which a connection that sends nothing is closed, in milliseconds. */
export interface PortTimeouts {
  /** From the TCP connection to the end of the TLS handshake. */
  readonly handshakeMs: number;
  /** From then on to the first byte. */
  readonly firstByteMs: number;
}

/** The TCP socket of each stream, and whether the stream uses TLS. */
export const socketPairs: WeakMap<Socket, SocketPair & { readonly secure: boolean }> = new WeakMap();

// The first byte of a CONNECT packet. HTTP starts with a letter.
const mqttConnect = 0x10;
// The first byte of the header `AMQP`. No method of HTTP starts with A.
const amqpHeader = 0x41;
const firstByteTimeoutMs = 60_000;
const handshakeTimeoutMs = 30_000;

/** One port on one address, with or without TLS. It distinguishes MQTT, AMQP and HTTP by the first byte. */
export class PortListener {
  readonly host: string;
  readonly #server: Server;
  readonly #handlers: PortHandlers;
  readonly #secure: boolean;
  readonly #minTlsVersion: TlsVersion;
  readonly #sockets = new Set<Socket>();
  #port: number;

  readonly #timeouts: PortTimeouts;
  // One function for all sockets: thousands of closures add up.
  readonly #forget: (this: Socket) => void;

  /**
   * @param port - 0 selects a free port
   * @param certificates - of a TLS port
   */
  constructor(
    host: string,
    port: number,
    handlers: PortHandlers,
    certificates?: TlsOptions,
    timeouts: PortTimeouts = { handshakeMs: handshakeTimeoutMs, firstByteMs: firstByteTimeoutMs },
  ) {
    this.#timeouts = timeouts;
    const sockets = this.#sockets;
    this.#forget = function forget() {
      sockets.delete(this);
    };
    this.host = host;
    this.#port = port;
    this.#handlers = handlers;
    this.#secure = certificates !== undefined;
    this.#minTlsVersion = certificates?.minTlsVersion ?? "1.2";
    this.#server = certificates === undefined ? createTcpServer() : this.#tlsServer(certificates);
    this.#server.on("connection", (tcp: Socket) => this.#track(tcp));
    if (!this.#secure) this.#server.on("connection", (tcp: Socket) => this.#sniff(tcp, tcp));
  }

  /** The port in use, once it listens. It stays the same after a pause. */
  get port(): number {
    return this.#port;
  }

  /**
   * Starts listening.
   *
   * @throws {Error} with `code`, such as `EADDRINUSE`, `EACCES` or `EADDRNOTAVAIL`
   */
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

  /** Uses another certificate from the next TLS handshake on. */
  useCertificate({ cert, key }: ServerCertificates): void {
    if (this.#server instanceof TlsServer) {
      this.#server.setSecureContext({ cert, key, ...contextOptions(this.#minTlsVersion) });
    }
  }

  /** Stops listening and closes all connections. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      for (const socket of this.#sockets) socket.destroy();
    });
  }

  #tlsServer({ cert, key }: ServerCertificates): Server {
    // Requests a client certificate without requiring one: the hub decides at CONNECT.
    const server = createTlsServer({
      cert,
      key,
      requestCert: true,
      rejectUnauthorized: false,
      handshakeTimeout: this.#timeouts.handshakeMs,
      ...contextOptions(this.#minTlsVersion),
    });
    // The TCP sockets whose handshake hasn't ended, by the address of the client.
    const handshakes = new Map<string, { readonly tcp: Socket; readonly forget: () => void }>();
    server.on("connection", (tcp: Socket) => {
      const address = clientAddress(tcp);
      const forget = (): void => void handshakes.delete(address);
      handshakes.set(address, { tcp, forget });
      tcp.once("close", forget);
    });
    server.on("secureConnection", (stream) => {
      const found = handshakes.get(clientAddress(stream));
      found?.forget();
      found?.tcp.off("close", found.forget);
      this.#sniff(stream, found?.tcp ?? stream);
    });
    // A client that doesn't trust the certificate, or doesn't use TLS, gets the error itself.
    server.on("tlsClientError", (_error, stream) => void stream.destroy());
    return server;
  }

  #track(tcp: Socket): void {
    this.#sockets.add(tcp);
    tcp.setNoDelay(true);
    tcp.on("close", this.#forget);
  }

  #sniff(stream: Socket, tcp: Socket): void {
    const pair = { stream, tcp, secure: this.#secure };
    if (this.#handlers.barrier !== undefined) holdBack(stream, this.#handlers.barrier);
    const destroy = (): void => void stream.destroy();
    stream.on("error", destroy);
    stream.setTimeout(this.#timeouts.firstByteMs, destroy);
    stream.once("data", (first: Buffer) => {
      stream.setTimeout(0);
      stream.off("timeout", destroy);
      stream.pause();
      if (first[0] === mqttConnect) {
        this.#handlers.onMqtt(pair, first);
        return;
      }
      if (first[0] === amqpHeader) {
        this.#handlers.onAmqp(pair, first);
        return;
      }
      stream.off("error", destroy);
      socketPairs.set(stream, pair);
      stream.unshift(first);
      this.#handlers.http.emit("connection", stream);
      process.nextTick(() => stream.resume());
    });
  }
}

function contextOptions(minVersion: TlsVersion): SecureContextOptions {
  // A session resumed with a ticket has the client's certificate, but not its chain.
  return { minVersion: `TLSv${minVersion}`, secureOptions: constants.SSL_OP_NO_TICKET };
}

// Unique among the open connections of a port.
function clientAddress(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort}`;
}
