import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { getRequestListener } from "@hono/node-server";
import { WebSocketServer } from "ws";
import type { Certificate } from "../certificates/certificate.ts";
import { certificatesOf } from "../certificates/node/node-certificate.ts";
import { socketPairs } from "./port-listener.ts";
import { type Wire, webSocketWire } from "./wire.ts";

const webSocketPath = /^\/(\$|%24)iothub\/websocket\/?(\?|$)/i;

/** What the HTTP side of a port serves. */
export interface WebHandlers {
  /** The HTTP API; `certificates` is the client certificate of the TLS connection with its chain, leaf first. */
  fetch(request: Request, certificates: () => readonly Certificate[]): Response | Promise<Response>;
  /** Takes a request that is answered byte by byte as it comes; false when it is for {@link WebHandlers.fetch}. */
  takeRaw(request: IncomingMessage, response: ServerResponse): boolean;
  /** A device over WebSockets. */
  onDevice(wire: Wire): void;
  /** Whether devices are let in at all. */
  acceptsDevices(): boolean;
}

const idleConnectionMs = 240_000;

/** The HTTP server behind the ports: it never listens itself, connections are handed to it. */
export function createWebServer({ fetch, takeRaw, onDevice, acceptsDevices }: WebHandlers): Server {
  const listener = getRequestListener(
    (request, { incoming }) => fetch(request, () => certificatesOf(incoming.socket as Socket)),
    { overrideGlobalObjects: false },
  );
  const server = createServer((request, response) => {
    if (!takeRaw(request, response)) void listener(request, response);
  });
  // Who uses a connection again in the moment in which it is closed for having been idle, gets an error. With Node's five
  // seconds that happens.
  server.keepAliveTimeout = idleConnectionMs;
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    handleProtocols: (offered) => offered.has("mqtt") && "mqtt",
  });
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const stream = socket as Socket;
    const pair = socketPairs.get(stream);
    const offered = (request.headers["sec-websocket-protocol"] ?? "").split(/\s*,\s*/);
    if (!acceptsDevices() || pair === undefined) stream.destroy();
    else if (!webSocketPath.test(request.url ?? "")) refuse(stream, "404 Not Found");
    else if (!offered.includes("mqtt")) refuse(stream, "400 Bad Request");
    else {
      sockets.handleUpgrade(request, stream, head, (webSocket) => {
        onDevice(webSocketWire(webSocket, pair, pair.secure ? "wss" : "ws"));
      });
    }
  });
  return server;
}

function refuse(stream: Socket, status: string): void {
  stream.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
