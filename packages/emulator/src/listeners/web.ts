import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { getRequestListener } from "@hono/node-server";
import { WebSocketServer } from "ws";
import type { Certificate } from "../certificates/certificate.ts";
import { certificatesOf } from "../certificates/node/node-certificate.ts";
import { keepHeaders } from "../http/headers.ts";
import { socketPairs } from "./port-listener.ts";
import { webSocketWire } from "./socket-wire.ts";
import type { Wire } from "./wire.ts";

// Azure also accepts the last one, the default of MQTT clients.
const webSocketPath = /^\/(?:(?:\$|%24)(iothub|servicebus)\/websocket|(mqtt))\/?(?:\?|$)/i;
const amqpProtocol = "AMQPWSB10";
// A frame is read into memory as a whole. MQTT clients may send many packets in one frame; AMQP clients use small frames.
const maxFrameBytes = { mqtt: 32 * 1_048_576, amqp: 4 * 1_048_576 };

/** The receivers of HTTP requests and WebSockets. */
export interface WebHandlers {
  /** Answers a request. `certificates` returns the client certificate of the TLS connection with its chain, leaf first. */
  fetch(request: Request, certificates: () => readonly Certificate[]): Response | Promise<Response>;
  /** Answers a request as a stream. Returns false if the request is for {@link WebHandlers.fetch}. */
  streamRaw(request: IncomingMessage, response: ServerResponse): boolean;
  /** Called for each MQTT connection over a WebSocket. */
  onDevice(wire: Wire): void;
  /** Called for each AMQP connection over a WebSocket. */
  onAmqp(wire: Wire): void;
  /** Called when a part of a request is ignored. */
  onIgnored(detail: string): void;
  /** Returns the time of the hub, for the header `Date`. */
  now(): number;
  /** Returns false while the hub is down. */
  acceptsDevices(): boolean;
  /** Whether pages of an origin may connect. */
  allowsOrigin(origin: string): boolean;
}

const idleConnectionMs = 240_000;

/** The time in which the head of a request must arrive, and how often that is checked, in milliseconds. */
export interface RequestTimeouts {
  readonly headMs: number;
  readonly checkMs: number;
}

/** Creates the HTTP server of all ports. It doesn't listen; the ports pass connections to it. */
export function createWebServer({
  fetch,
  streamRaw,
  onDevice,
  onAmqp,
  onIgnored,
  now,
  acceptsDevices,
  allowsOrigin,
  timeouts = { headMs: 30_000, checkMs: 5_000 },
}: WebHandlers & { readonly timeouts?: RequestTimeouts }): Server {
  const listener = getRequestListener(
    (request, { incoming }) => {
      keepHeaders(request, incoming.rawHeaders);
      return fetch(request, () => certificatesOf(incoming.socket as Socket));
    },
    { overrideGlobalObjects: false },
  );
  const date = (): string => new Date(now()).toUTCString();
  const { headMs, checkMs } = timeouts;
  const options = { headersTimeout: headMs, connectionsCheckingInterval: checkMs };
  const server = createServer(options, (request, response) => {
    response.setHeader("date", date());
    if (!streamRaw(request, response)) void listener(request, response);
  });
  // A client that reuses an idle connection just as the server closes it gets an error. Node's default of 5 s makes that
  // likely.
  server.keepAliveTimeout = idleConnectionMs;
  // Node checks the time-outs of requests only once a server listens. This one gets its connections from the ports.
  server.emit("listening");
  const webSockets = (maxPayload: number): WebSocketServer =>
    new WebSocketServer({
      noServer: true,
      perMessageDeflate: false,
      maxPayload,
      handleProtocols: (offered, { url }) => protocolOf(offered, serviceOf(url)) ?? false,
    }).on("headers", (headers) => headers.push(`Date: ${date()}`));
  const servers = { mqtt: webSockets(maxFrameBytes.mqtt), amqp: webSockets(maxFrameBytes.amqp) };
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const stream = socket as Socket;
    const pair = socketPairs.get(stream);
    const { upgrade = "" } = request.headers;
    if (upgrade.toLowerCase() !== "websocket") {
      onIgnored(`the request to upgrade to '${upgrade}' is ignored`);
      serveWithoutUpgrade(server, request, stream, head);
      return;
    }
    const service = serviceOf(request.url);
    // Not with an expression that also matches spaces: that takes quadratic time.
    const offered = (request.headers["sec-websocket-protocol"] ?? "").split(",").map((name) => name.trim());
    const protocol = protocolOf(offered, service);
    if (!acceptsDevices() || pair === undefined) stream.destroy();
    else if (service === undefined) refuse(stream, "404 Not Found");
    else if (request.headers.origin !== undefined && !allowsOrigin(request.headers.origin))
      refuse(stream, "403 Forbidden");
    else if (protocol === undefined) refuse(stream, "400 Bad Request");
    else {
      servers[protocol === "mqtt" ? "mqtt" : "amqp"].handleUpgrade(request, stream, head, (webSocket) => {
        const wire = webSocketWire(webSocket, pair, pair.secure ? "wss" : "ws");
        if (webSocket.protocol === "mqtt") onDevice(wire);
        else onAmqp(wire);
      });
    }
  });
  return server;
}

/**
 * Answers a request in HTTP/1.1, as a server may. Node has stopped parsing the connection at the head of the request, so
 * the connection begins again with a head that asks for no upgrade.
 *
 * @source RFC 9110, 7.8
 */
function serveWithoutUpgrade(server: Server, request: IncomingMessage, stream: Socket, rest: Buffer): void {
  const lines = [`${request.method} ${request.url} HTTP/${request.httpVersion}`];
  for (let at = 0; at < request.rawHeaders.length; at += 2) {
    const [name = "", value = ""] = request.rawHeaders.slice(at, at + 2);
    const lower = name.toLowerCase();
    if (lower === "upgrade" || lower === "http2-settings") continue;
    const kept = lower === "connection" ? withoutUpgrade(value) : value;
    if (kept !== "") lines.push(`${name}: ${kept}`);
  }
  stream.unshift(rest);
  stream.unshift(Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"));
  server.emit("connection", stream);
  process.nextTick(() => stream.resume());
}

function withoutUpgrade(connection: string): string {
  const options = connection.split(",").map((option) => option.trim());
  return options.filter((option) => !/^(upgrade|http2-settings)$/i.test(option)).join(", ");
}

/** The service at a WebSocket's path: the hub, an Event Hub, or an MQTT broker. */
function serviceOf(url = ""): string | undefined {
  // Java's AMQP clients send the whole URL.
  const [, azure, mqtt] = webSocketPath.exec(url.replace(/^https?:\/\/[^/]*/i, "")) ?? [];
  return (azure ?? mqtt)?.toLowerCase();
}

// Event Hubs don't speak MQTT.
function protocolOf(offered: Iterable<string>, service: string | undefined): string | undefined {
  return [...offered].find((name) =>
    name.toUpperCase() === amqpProtocol ? service !== "mqtt" : name === "mqtt" && service !== "servicebus",
  );
}

function refuse(stream: Socket, status: string): void {
  stream.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
