import { readFileSync } from "node:fs";
import { createServer, type RequestListener, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, createServer as createNetServer } from "node:net";
import type { HttpRequest, HttpResponse } from "@isohub/core/runtime";
import { afterEach, describe, expect, it } from "vitest";
import { fetchOverHttp } from "./http.ts";

const file = (name: string): string =>
  readFileSync(new URL(`../../../core/testdata/certificates/${name}`, import.meta.url), "utf8");

const open: { close(): unknown }[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each.close();
});

async function listen(server: Server): Promise<number> {
  open.push({
    close() {
      server.closeAllConnections();
      server.close();
    },
  });
  await new Promise<void>((resolve) => server.listen(0, resolve));
  return (server.address() as AddressInfo).port;
}

const serve = async (listener: RequestListener): Promise<string> =>
  `http://localhost:${await listen(createServer(listener))}`;

/** Starts a server that answers with bytes which needn't be HTTP. */
async function answering(bytes: string, thenCloses = false): Promise<string> {
  const server = createNetServer((socket) => {
    open.push({ close: () => socket.destroy() });
    socket.on("error", () => {});
    socket.once("data", () => (thenCloses ? socket.end(bytes) : socket.write(bytes)));
  });
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, resolve));
  return `http://localhost:${(server.address() as AddressInfo).port}`;
}

function send(url: string, more: Partial<HttpRequest> = {}): Promise<HttpResponse> {
  return fetchOverHttp(
    {
      method: "POST",
      url,
      headers: {},
      body: new Uint8Array(3),
      transit: {
        serverVerificationCert: file("ca.pem"),
        cipher: undefined,
        clientCertificate: undefined,
        proxy: undefined,
      },
      ...more,
    },
    new AbortController().signal,
  );
}

function sendEndlessly(response: ServerResponse): Promise<number> {
  const part = Buffer.alloc(65_536, " ");
  let sent = 0;
  return new Promise((resolve) => {
    const write = (): void => {
      while (!response.destroyed) {
        sent += part.length;
        if (!response.write(part)) break;
      }
    };
    response.on("drain", write);
    response.on("error", () => {});
    response.on("close", () => resolve(sent));
    write();
  });
}

describe("a request on Node", () => {
  it("returns the status, the headers and the body", async () => {
    const url = await serve(
      (_request, response) => void response.writeHead(201, { "X-Test": "1" }).end("hello"),
    );
    const { status, headers, body } = await send(url);
    expect([status, headers["x-test"], new TextDecoder().decode(body)]).toEqual([201, "1", "hello"]);
  });

  it.each(["https://10.0.0.256/x?sig=SeCrEt", "https://[1:2]:443/x"])(
    "fails for %s, which is no URL",
    async (url) => {
      const failure = await send(url).catch((error: unknown) => error);
      expect(failure).toMatchObject({
        name: "ConnectionFailedError",
        code: "connect_failed",
        retryable: false,
      });
      expect(String(failure)).not.toContain("SeCrEt");
    },
  );

  it("stops reading an endless body, and closes the connection", async () => {
    let sent: Promise<number> | undefined;
    const url = await serve((_request, response) => {
      sent = sendEndlessly(response);
    });
    await expect(send(`${url}/x?secret`)).rejects.toMatchObject({
      name: "ProtocolError",
      code: "protocol_error",
      message: `The response of ${new URL(url).host} must have at most 1048576 bytes, got more`,
    });
    expect(await sent).toBeLessThan(64 * 1_048_576);
  });

  it("accepts a body of the largest size", async () => {
    const url = await serve((_request, response) => void response.end(Buffer.alloc(1_048_576)));
    expect((await send(url)).body).toHaveLength(1_048_576);
  });

  it("returns a redirect, and doesn't follow it", async () => {
    let followed = 0;
    const elsewhere = await serve((_request, response) => {
      followed += 1;
      response.end();
    });
    const url = await serve(
      (_request, response) => void response.writeHead(307, { location: elsewhere }).end(),
    );
    expect(await send(url)).toMatchObject({ status: 307 });
    expect(followed).toBe(0);
  });

  it.each([
    [
      "switches to another protocol",
      "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
      "protocol_error",
      /switched to another protocol$/,
    ],
    ["isn't HTTP", "SSH-2.0-OpenSSH\r\n", "connect_failed", /sent a response that isn't valid HTTP: /],
    [
      "has an endless header",
      `HTTP/1.1 200 OK\r\nx: ${"x".repeat(200_000)}`,
      "connect_failed",
      /sent a response that isn't valid HTTP: /,
    ],
    [
      "has two lengths",
      "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n{}",
      "connect_failed",
      /sent a response that isn't valid HTTP: /,
    ],
  ])("fails if the answer %s", async (_, bytes, code, problem) => {
    const url = await answering(bytes);
    const error = await send(url).catch((failure: Error) => failure);
    expect(error).toMatchObject({ code, message: expect.stringMatching(problem) });
    expect((error as Error).message).toContain(new URL(url).host);
  });

  it.each([
    ["before the answer", ""],
    ["in the head of the answer", "HTTP/1.1 200"],
    ["in the body of the answer", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{"],
  ])("fails if the connection is closed %s", async (_, bytes) => {
    const url = await answering(bytes, true);
    await expect(send(url)).rejects.toMatchObject({
      name: "ConnectionFailedError",
      code: "connect_failed",
      message: `${new URL(url).host} closed the connection before its response was complete`,
      remediation: expect.stringContaining("proxies and firewalls"),
    });
  });

  it("trusts only the given authorities, unless it is for a public service", async () => {
    const server = createTlsServer(
      { cert: file("localhost.pem"), key: file("localhost.key") },
      (_request, response) => void response.end("ok"),
    );
    const url = `https://localhost:${await listen(server)}`;
    expect(await send(url)).toMatchObject({ status: 200 });
    expect(await send(url, { publicTrust: true })).toMatchObject({ status: 200 });
    const transit = {
      serverVerificationCert: file("other-ca.pem"),
      cipher: undefined,
      clientCertificate: undefined,
      proxy: undefined,
    };
    for (const publicTrust of [false, true])
      await expect(send(url, { transit, publicTrust })).rejects.toMatchObject({ code: "tls_failed" });
  });
});

describe("a request that makes no progress", () => {
  const idle = { name: "ConnectionFailedError", code: "connect_failed" };
  const message = expect.stringMatching(/sent and accepted nothing for 20 ms$/);

  it.each([
    ["while the connection is secured", "https:", ""],
    ["before the response", "http:", ""],
    ["within the response", "http:", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc"],
  ])("%s fails after its idle time-out", async (_, protocol, answer) => {
    const url = (await answering(answer)).replace("http:", protocol);
    await expect(send(url, { idleTimeoutMs: 20 })).rejects.toMatchObject({ ...idle, message });
  });

  it("with a body that the server doesn't read fails, too", async () => {
    const server = createNetServer((socket) => {
      open.push({ close: () => socket.destroy() });
      socket.on("error", () => {}).pause();
    });
    open.push(server);
    await new Promise<void>((resolve) => server.listen(0, resolve));
    const url = `http://localhost:${(server.address() as AddressInfo).port}`;
    const body = new Uint8Array(30_000_000);
    await expect(send(url, { method: "PUT", body, idleTimeoutMs: 20 })).rejects.toMatchObject(idle);
  });
});
