import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { ConnectionFailedError, ProxyOptions, type ProxyType } from "@isohub/core";
import { afterEach, describe, expect, it } from "vitest";
import { openTunnel } from "./tunnel.ts";

const open: { close(): unknown }[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each.close();
});

/** Starts a proxy that a test defines. */
async function startProxy(onSocket: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    onSocket(socket);
  });
  open.push({
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

/** An HTTP proxy that answers CONNECT with the given bytes. */
const answering = (answer: string): Promise<number> =>
  startProxy((socket) => void socket.once("data", () => socket.write(answer)));

const destination = { host: "hub.example", port: 8883 };
const password = "s3cret";

async function connect(
  port: number,
  {
    type = "HTTP",
    login = false,
    signal = new AbortController().signal,
  }: { type?: ProxyType; login?: boolean; signal?: AbortSignal } = {},
): Promise<Socket> {
  const proxy = new ProxyOptions(type, "127.0.0.1", port, ...(login ? ["user", password] : []));
  const socket = await openTunnel(proxy, destination, signal);
  open.push({ close: () => socket.destroy() });
  return socket;
}

async function failureOf(connecting: Promise<unknown>): Promise<ConnectionFailedError> {
  const error = await connecting.then(
    () => new Error("It connected"),
    (failure: unknown) => failure,
  );
  expect(error).toBeInstanceOf(ConnectionFailedError);
  expect(JSON.stringify(error) + String(error)).not.toContain(password);
  return error as ConnectionFailedError;
}

describe("an HTTP proxy", () => {
  it("gets a password without a user name, too", async () => {
    let head = "";
    const port = await startProxy((socket) =>
      socket.once("data", (bytes) => {
        head = String(bytes);
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
      }),
    );
    const proxy = new ProxyOptions("HTTP", "127.0.0.1", port, undefined, password);
    const socket = await openTunnel(proxy, destination, new AbortController().signal);
    open.push({ close: () => socket.destroy() });
    expect(head.toLowerCase()).toContain("proxy-authorization: basic ");
    expect(head).toContain(Buffer.from(`:${password}`).toString("base64"));
  });

  it.each([200, 201, 204, 226])("opens the tunnel with status %d", async (status) => {
    const socket = await connect(await answering(`HTTP/1.1 ${status} Any\r\n\r\n`));
    expect(socket.destroyed).toBe(false);
  });

  it("may send the first bytes of the other side along with its answer", async () => {
    const socket = await connect(await answering("HTTP/1.1 200 OK\r\n\r\nhello"));
    const [bytes] = await new Promise<[Buffer]>((resolve) => socket.once("data", (part) => resolve([part])));
    expect(bytes.toString()).toBe("hello");
  });

  it.each([
    [407, false, "Pass proxyUsername and proxyPassword"],
    [407, true, "Check proxyUsername and proxyPassword"],
    [403, true, "Check that the proxy allows connections to this host and port"],
    [302, false, "Check that the proxy allows"],
    [502, false, "Check that the proxy allows"],
  ])("that answers with status %d is reported with its advice (login: %s)", async (status, login, advice) => {
    const port = await answering(
      `HTTP/1.1 ${status} No\r\nlocation: http://elsewhere/\r\ncontent-length: 0\r\n\r\n`,
    );
    const failure = await failureOf(connect(port, { login }));
    expect(failure).toMatchObject({ code: "proxy_failed", remediation: expect.stringContaining(advice) });
    expect(failure.message).toBe(
      `Could not connect to hub.example:8883 through the HTTP proxy 127.0.0.1:${port}: it responded to CONNECT with HTTP ${status}`,
    );
  });

  it.each([
    ["is another kind of server", "SSH-2.0-OpenSSH\r\n"],
    ["sends an endless header", `HTTP/1.1 200 OK\r\nx: ${"x".repeat(200_000)}`],
  ])("that %s is reported", async (_, answer) => {
    expect(await failureOf(connect(await answering(answer)))).toMatchObject({ code: "proxy_failed" });
  });
});

describe.each<ProxyType>(["HTTP", "SOCKS4", "SOCKS5"])("an address of a %s proxy", (type) => {
  it("where nothing listens is reported", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    expect(await failureOf(connect(port, { type }))).toMatchObject({
      code: "proxy_failed",
      remediation: "Check proxyAddress and proxyPort, and that the proxy is running",
    });
  });
});

describe.each<ProxyType>(["HTTP", "SOCKS4", "SOCKS5"])("a silent %s proxy", (type) => {
  it("is given up with the signal, and the connection to it is closed", async () => {
    const abort = new AbortController();
    const reason = new Error("shut down");
    let closed: Promise<void> | undefined;
    const port = await startProxy((socket) => {
      closed = new Promise((resolve) => socket.once("close", () => resolve()));
      socket.once("data", () => abort.abort(reason));
    });
    await expect(connect(port, { type, signal: abort.signal })).rejects.toBe(reason);
    await closed;
  });

  it("isn't even connected to after the signal", async () => {
    let connections = 0;
    const port = await startProxy(() => {
      connections += 1;
    });
    await expect(connect(port, { type, signal: AbortSignal.abort(new Error("too late")) })).rejects.toThrow(
      "too late",
    );
    expect(connections).toBe(0);
  });
});

describe("a SOCKS proxy", () => {
  it.each<[ProxyType, number[]]>([
    ["SOCKS5", [5, 0xff]],
    ["SOCKS5", [72, 84, 84, 80]],
    ["SOCKS4", [0, 0x5b, 0, 0, 0, 0, 0, 0]],
  ])("of type %s that rejects the connection is reported", async (type, answer) => {
    const port = await startProxy(
      (socket) => void socket.once("data", () => socket.write(Uint8Array.from(answer))),
    );
    expect(await failureOf(connect(port, { type, login: true }))).toMatchObject({
      code: "proxy_failed",
      message: expect.stringContaining(`through the ${type} proxy 127.0.0.1:${port}`),
    });
  });

  it.each<ProxyType>(["SOCKS4", "SOCKS5"])(
    "of type %s that closes the connection is reported",
    async (type) => {
      const port = await startProxy((socket) => void socket.once("data", () => socket.end()));
      expect(await failureOf(connect(port, { type }))).toMatchObject({ code: "proxy_failed" });
    },
  );
});
