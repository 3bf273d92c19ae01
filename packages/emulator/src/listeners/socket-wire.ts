import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import type { Certificate } from "../certificates/certificate.ts";
import { certificatesOf } from "../certificates/node/node-certificate.ts";
import type { Transport } from "../hub/sessions/session.ts";
import type { Wire, WireHandlers } from "./wire.ts";

/** The stream of a connection, and the TCP socket that carries it. */
export interface SocketPair {
  readonly stream: Socket;
  readonly tcp: Socket;
}

/** Creates a wire on TCP or TLS. @param first - the bytes that were read to identify the protocol */
export function socketWire(pair: SocketPair, transport: Transport, first: Uint8Array): Wire {
  return new SocketWire(pair, transport, first);
}

/** Creates a wire on a WebSocket. Frames are a byte stream; their boundaries have no meaning. */
export function webSocketWire(socket: WebSocket, pair: SocketPair, transport: Transport): Wire {
  return new WebSocketWire(socket, pair, transport);
}

const endTimeoutMs = 10_000;
// Enough for a CONNECT, and for packets that a client sends without waiting for the answer. Only the first frame is limited.
const maxFirstFrameBytes = 512 * 1024;
const none = new Uint8Array();

// Classes, because a closure for each operation of each connection adds up with thousands of them.

/** The part that wires on sockets share. */
abstract class StreamWire {
  readonly transport: Transport;
  readonly remoteAddress: string;
  protected readonly stream: Socket;
  readonly #tcp: Socket;

  constructor({ stream, tcp }: SocketPair, transport: Transport) {
    this.transport = transport;
    this.remoteAddress = addressOf(tcp);
    this.stream = stream;
    this.#tcp = tcp;
  }

  certificates(): readonly Certificate[] {
    return certificatesOf(this.stream);
  }

  /** Like the hub, closes the TCP connection, without a close frame of a WebSocket. */
  end(): void {
    const { stream } = this;
    stream.end(() => stream.destroy());
    // A client that doesn't read would keep the socket open.
    stream.setTimeout(endTimeoutMs, () => stream.destroy());
  }

  reset(): void {
    // Node never frees a socket that is reset while it is being shut down, and then its process doesn't exit.
    if (this.stream.writableEnded || this.#tcp.writableEnded) this.#tcp.destroy();
    else this.#tcp.resetAndDestroy();
  }
}

class SocketWire extends StreamWire implements Wire {
  #first: Uint8Array;

  constructor(pair: SocketPair, transport: Transport, first: Uint8Array) {
    super(pair, transport);
    this.#first = first;
  }

  start(handlers: WireHandlers): void {
    const { stream } = this;
    const first = this.#first;
    this.#first = none;
    stream.on("data", (bytes) => handlers.onData(bytes as Buffer));
    once(handlers, (end) => stream.on("end", end).on("error", end).on("close", end));
    handlers.onData(first);
    stream.resume();
  }

  write(bytes: Uint8Array, done: () => void): void {
    this.stream.write(bytes, () => done());
  }

  pause(): void {
    this.stream.pause();
  }

  resume(): void {
    this.stream.resume();
  }
}

class WebSocketWire extends StreamWire implements Wire {
  readonly #socket: WebSocket;

  constructor(socket: WebSocket, pair: SocketPair, transport: Transport) {
    super(pair, transport);
    this.#socket = socket;
  }

  start(handlers: WireHandlers): void {
    const socket = this.#socket;
    this.#limitFirstFrame();
    socket.on("message", (data, isBinary) => {
      if (isBinary) handlers.onData(data as Buffer);
      else socket.close(1003, "binary frames only");
    });
    once(handlers, (end) => socket.on("close", end).on("error", end));
  }

  #limitFirstFrame(): void {
    let received = 0;
    const count = (bytes: Uint8Array | string): void => {
      received += bytes.length;
      if (received > maxFirstFrameBytes) this.reset();
    };
    this.stream.on("data", count);
    this.#socket.once("message", () => this.stream.off("data", count));
  }

  write(bytes: Uint8Array, done: () => void): void {
    this.#socket.send(bytes, { binary: true }, () => done());
  }

  // Firefox treats a WebSocket that ends without the handshake as failed, and delays the next ones by up to a minute.
  conclude(): void {
    this.#socket.close(1000);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }
}

function once(handlers: WireHandlers, listen: (end: () => void) => void): void {
  let ended = false;
  listen(() => {
    if (!ended) handlers.onEnd();
    ended = true;
  });
}

function addressOf(tcp: Socket): string {
  return `${tcp.remoteAddress ?? ""}:${tcp.remotePort ?? 0}`;
}
