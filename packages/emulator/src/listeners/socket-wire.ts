import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import { certificatesOf } from "../certificates/node/node-certificate.ts";
import type { Transport } from "../hub/session.ts";
import type { Wire, WireHandlers } from "./wire.ts";

/** The stream of a connection, and the TCP socket that carries it. */
export interface SocketPair {
  readonly stream: Socket;
  readonly tcp: Socket;
}

/** Creates a wire on TCP or TLS. @param first - the bytes that were read to identify the protocol */
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
    reset: () => resetSocket({ stream, tcp }),
  };
}

/** Creates a wire on a WebSocket. Frames are a byte stream; their boundaries have no meaning. */
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
    // Like the hub, closes the TCP connection without a WebSocket close frame.
    end: () => void stream.end(() => stream.destroy()),
    reset: () => resetSocket({ stream, tcp }),
  };
}

function once(handlers: WireHandlers, listen: (end: () => void) => void): void {
  let ended = false;
  listen(() => {
    if (!ended) handlers.onEnd();
    ended = true;
  });
}

function resetSocket({ stream, tcp }: SocketPair): void {
  // Node never frees a socket that is reset while it is being shut down, and then its process doesn't exit.
  if (stream.writableEnded || tcp.writableEnded) tcp.destroy();
  else tcp.resetAndDestroy();
}

function addressOf(tcp: Socket): string {
  return `${tcp.remoteAddress ?? ""}:${tcp.remotePort ?? 0}`;
}
