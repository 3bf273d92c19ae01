import { createServer, type Server } from "node:http";
import {
  type AddressInfo,
  createServer as createNetServer,
  type Server as NetServer,
  type Socket,
} from "node:net";
import type { Connection, ConnectionHandlers } from "@isohub/core/runtime";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocketServer } from "ws";
import { connectWebSocket } from "./websocket-connection.ts";

const open: { close(): unknown }[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each.close();
});

async function listen(server: NetServer | Server): Promise<number> {
  server.on("connection", (socket: Socket) => {
    socket.on("error", () => {});
    open.push({ close: () => socket.destroy() });
  });
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

/** Starts a server that answers the upgrade with the given bytes, and closes the connection if there are none. */
const answering = (bytes: string): Promise<number> =>
  listen(
    createNetServer((socket) => {
      socket.once("data", () => (bytes === "" ? socket.end() : socket.write(bytes)));
    }),
  );

const ignore: ConnectionHandlers = { onData: () => {}, onDrain: () => {}, onClose: () => {} };

function connect(port: number, handlers: ConnectionHandlers = ignore): Promise<Connection> {
  return connectWebSocket(
    {
      transport: "websocket",
      secure: false,
      host: "127.0.0.1",
      port,
      path: "/$iothub/websocket",
      serverVerificationCert: undefined,
      cipher: undefined,
      clientCertificate: undefined,
      proxy: undefined,
    },
    handlers,
    new AbortController().signal,
  );
}

describe("a server that doesn't upgrade to WebSockets", () => {
  it.each([
    ...[301, 302, 307, 308].map((status) => [status, "Redirects aren't followed"] as const),
    [200, "no proxy or firewall rejects WebSockets"],
    [400, "no proxy or firewall rejects WebSockets"],
    [401, "requires a login"],
    [403, "the IP filter"],
    [404, "not an IoT hub"],
    [426, "no proxy or firewall rejects WebSockets"],
    [429, "Connect fewer devices at once"],
    [503, "is available again"],
  ] as const)("is reported with its status and its own advice: %d", async (status, advice) => {
    let requests = 0;
    const elsewhere = await listen(
      createServer(() => {
        requests += 1;
      }),
    );
    const port = await listen(
      createServer(
        (_request, response) =>
          void response
            .writeHead(status, { location: `http://127.0.0.1:${elsewhere}/` })
            .end("x".repeat(100_000)),
      ),
    );
    await expect(connect(port)).rejects.toMatchObject({
      name: "ConnectionFailedError",
      code: "websocket_refused",
      message: `127.0.0.1:${port} responded to the WebSocket upgrade with HTTP ${status}`,
      remediation: expect.stringContaining(advice),
    });
    expect(requests).toBe(0);
  });

  it("that redirects is reported with the destination, without its query and its password", async () => {
    const port = await listen(
      createServer(
        (_request, response) =>
          void response.writeHead(302, { location: "https://user:pass@login.example/?t=1" }).end(),
      ),
    );
    await expect(connect(port)).rejects.toMatchObject({
      remediation: expect.stringMatching(/this one leads to https:\/\/login\.example\/$/),
    });
  });

  it.each([
    [503, "7", 7000],
    [429, "7", 7000],
    [503, "86400", 900_000],
    [503, new Date(Date.now() + 86_400_000).toUTCString(), 900_000],
    [503, new Date(0).toUTCString(), 0],
    [503, "soon", undefined],
    [404, "7", undefined],
  ])(
    "is reported with the delay that it asks for: %d, Retry-After: %s",
    async (status, after, retryAfterMs) => {
      const port = await listen(
        createServer((_request, response) => void response.writeHead(status, { "retry-after": after }).end()),
      );
      const error = await connect(port).catch((failure: Error) => failure);
      expect(error).toMatchObject({ code: "websocket_refused" });
      expect(Reflect.get(Object(Reflect.get(error, "cause")), "retryAfterMs")).toBe(retryAfterMs);
    },
  );

  const upgrade = "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n";
  it.each([
    [
      "a wrong key",
      `${upgrade}sec-websocket-accept: AAAA\r\nsec-websocket-protocol: mqtt\r\n\r\n`,
      "answered the WebSocket upgrade incorrectly",
    ],
    ["no key", `${upgrade}\r\n`, "answered the WebSocket upgrade incorrectly"],
    [
      "another protocol",
      "HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\nconnection: upgrade\r\n\r\n",
      "answered the WebSocket upgrade incorrectly",
    ],
    ["bytes that aren't HTTP", "\u0020\u0002\u0000\u0000MQTT", "does not speak HTTP"],
    ["an endless header", `HTTP/1.1 101 OK\r\nx: ${"x".repeat(200_000)}`, "does not speak HTTP"],
    ["nothing", "", "closed the connection during the WebSocket upgrade"],
  ])("is reported if it answers with %s", async (_, bytes, message) => {
    await expect(connect(await answering(bytes))).rejects.toMatchObject({
      code: "websocket_refused",
      message: expect.stringContaining(message),
    });
  });

  it("is reported if it selects no subprotocol", async () => {
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1", handleProtocols: () => false });
    open.push({ close: () => server.close() });
    await new Promise((resolve) => server.once("listening", resolve));
    await expect(connect((server.address() as AddressInfo).port)).rejects.toMatchObject({
      code: "websocket_refused",
      message: expect.stringContaining("subprotocol"),
    });
  });
});

describe("a WebSocket", () => {
  it("ends with the socket's own error, such as a reset", async () => {
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    open.push({ close: () => server.close() });
    server.on(
      "connection",
      (_socket, { socket }) => void socket.once("data", () => socket.resetAndDestroy()),
    );
    await new Promise((resolve) => server.once("listening", resolve));
    const cause = await new Promise((resolve, reject) => {
      connect((server.address() as AddressInfo).port, { ...ignore, onClose: resolve }).then(
        (connection) => connection.send(Uint8Array.of(1)),
        reject,
      );
    });
    expect(cause).toMatchObject({ code: "ECONNRESET" });
  });

  it("that just ends has no cause", async () => {
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    open.push({ close: () => server.close() });
    server.on("connection", (_socket, { socket }) => void socket.once("data", () => socket.end()));
    await new Promise((resolve) => server.once("listening", resolve));
    const cause = await new Promise((resolve, reject) => {
      connect((server.address() as AddressInfo).port, { ...ignore, onClose: resolve }).then(
        (connection) => connection.send(Uint8Array.of(1)),
        reject,
      );
    });
    expect(cause).toBeUndefined();
  });

  it("ends at the length of a message that is too large", async () => {
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    open.push({ close: () => server.close() });
    server.on("connection", (socket) => {
      open.push({ close: () => socket.terminate() });
      socket.on("error", () => {});
      // The head of a binary message of 256 MB, without its bytes.
      const head = Buffer.alloc(10);
      head.set([0x82, 127]);
      head.writeBigUInt64BE(268_435_456n, 2);
      Reflect.get(socket, "_socket").write(head);
    });
    await new Promise((resolve) => server.once("listening", resolve));
    const cause = await new Promise((resolve, reject) => {
      connect((server.address() as AddressInfo).port, { ...ignore, onClose: resolve }).catch(reject);
    });
    expect(cause).toMatchObject({ code: "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH" });
  });
});
