import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import type { Certificate } from "../certificates/certificate.ts";
import { certificatesOf } from "../certificates/node/node-certificate.ts";
import type { Transport } from "../hub/session.ts";

/** What a wire tells its owner. */
export interface WireHandlers {
  onData(bytes: Uint8Array): void;
  /** The other side has ended or the wire broke; called once. */
  onEnd(): void;
}

/** A byte connection to one device, whatever carries it. */
export interface Wire {
  readonly transport: Transport;
  readonly remoteAddress: string;
  /** The client certificate of the TLS connection with its chain, leaf first. */
  certificates(): readonly Certificate[];
  start(handlers: WireHandlers): void;
  /** Sends bytes in one write or one frame; `done` when they have left this process. */
  write(bytes: Uint8Array, done: () => void): void;
  pause(): void;
  resume(): void;
  /** Ends with FIN after what was written. */
  end(): void;
  /** Ends with RST; what was written may be lost. */
  reset(): void;
}

/** The sockets under a connection: the stream that is read and written, and the TCP socket below it. */
export interface SocketPair {
  readonly stream: Socket;
  readonly tcp: Socket;
}

/** MQTT straight on TCP or TLS. `first` is what was read to tell the protocol. */
export function socketWire({ stream, tcp }: SocketPair, transport: Transport, first: Uint8Array): Wire {
  return {
    transport,
    remoteAddress: addressOf(tcp),
    certificates: () => certificatesOf(stream),
    start(handlers) {
      stream.on("data", (bytes) => handlers.onData(bytes as Buffer));
      once(handlers, (end) => stream.on("end", end).on("error", end).on("close", end));
      handlers.onData(first);
      stream.resume();
    },
    write: (bytes, done) => void stream.write(bytes, () => done()),
    pause: () => void stream.pause(),
    resume: () => void stream.resume(),
    end: () => void stream.end(() => stream.destroy()),
    reset: () => resetSocket(tcp),
  };
}

/** MQTT in the binary frames of a WebSocket; frame borders mean nothing. */
export function webSocketWire(socket: WebSocket, { stream, tcp }: SocketPair, transport: Transport): Wire {
  return {
    transport,
    remoteAddress: addressOf(tcp),
    certificates: () => certificatesOf(stream),
    start(handlers) {
      socket.on("message", (data, isBinary) => {
        if (isBinary) handlers.onData(data as Buffer);
        else socket.close(1003, "binary frames only");
      });
      once(handlers, (end) => socket.on("close", end).on("error", end));
    },
    write: (bytes, done) => socket.send(bytes, { binary: true }, () => done()),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    // The hub ends with TCP, it does not say goodbye in WebSocket.
    end: () => void stream.end(() => stream.destroy()),
    reset: () => resetSocket(tcp),
  };
}

function once(handlers: WireHandlers, listen: (end: () => void) => void): void {
  let ended = false;
  listen(() => {
    if (!ended) handlers.onEnd();
    ended = true;
  });
}

function resetSocket(tcp: Socket): void {
  tcp.resetAndDestroy();
}

function addressOf(tcp: Socket): string {
  return `${tcp.remoteAddress ?? ""}:${tcp.remotePort ?? 0}`;
}
