import { createServer, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { HttpResponse } from "../runtime/runtime.ts";
import { fetchOverWeb } from "./web-fetch.ts";

const open: { close(): unknown }[] = [];
afterEach(() => {
  vi.unstubAllGlobals();
  for (const each of open.splice(0)) each.close();
});

/** Starts an HTTP server that a test plays. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  open.push({
    close() {
      server.closeAllConnections();
      server.close();
    },
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const transit = {
  serverVerificationCert: undefined,
  cipher: undefined,
  clientCertificate: undefined,
  proxy: undefined,
};

function send(url: string, signal: AbortSignal = new AbortController().signal): Promise<HttpResponse> {
  return fetchOverWeb(
    { method: "POST", url, headers: { authorization: "token" }, body: new Uint8Array(3), transit },
    signal,
    {
      remediation: "Check the network",
    },
  );
}

/** Sends data until the client has closed the connection. @returns the number of bytes that were sent */
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

describe("a request with fetch", () => {
  it("returns the status, the headers and the body", async () => {
    const url = await serve((_request, response) => {
      response.writeHead(201, { "X-Test": "1" }).end("hello");
    });
    const { status, headers, body } = await send(url);
    expect([status, headers["x-test"], new TextDecoder().decode(body)]).toEqual([201, "1", "hello"]);
  });

  it("may have a response without a body", async () => {
    const url = await serve((_request, response) => void response.writeHead(204).end());
    expect((await send(url)).body).toHaveLength(0);
  });

  it.each([301, 302, 303, 307, 308])("doesn't follow a redirect with status %d", async (status) => {
    let followed = 0;
    const elsewhere = await serve((_request, response) => {
      followed += 1;
      response.end("SharedAccessSignature of another host");
    });
    const url = await serve(
      (_request, response) => void response.writeHead(status, { location: elsewhere }).end(),
    );
    await expect(send(`${url}/token`)).rejects.toMatchObject({
      name: "ConnectionFailedError",
      code: "connect_failed",
      message: `No response from ${url}/token: It answers with a redirect, which isn't followed`,
    });
    expect(followed).toBe(0);
  });

  it("doesn't follow a redirect in a page, where fetch hides its status", async () => {
    vi.stubGlobal("fetch", () => Promise.resolve({ type: "opaqueredirect", status: 0, body: null }));
    await expect(send("http://localhost/token")).rejects.toMatchObject({
      message: "No response from http://localhost/token: It answers with a redirect, which isn't followed",
    });
  });

  it("doesn't follow a redirect where fetch has only the modes that workerd has", async () => {
    const url = await serve((_request, response) => void response.writeHead(307, { location: "/" }).end());
    const { fetch } = globalThis;
    vi.stubGlobal("fetch", (input: string, init: RequestInit) => {
      if (init.redirect === "error") throw new TypeError("Invalid redirect value");
      return fetch(input, init);
    });
    await expect(send(url)).rejects.toMatchObject({ message: expect.stringContaining("a redirect") });
  });

  it("stops reading an endless body", async () => {
    let sent: Promise<number> | undefined;
    const url = await serve((_request, response) => {
      sent = sendEndlessly(response);
    });
    await expect(send(`${url}/x?secret`)).rejects.toMatchObject({
      name: "ProtocolError",
      code: "protocol_error",
      message: `The response of ${url}/x must have at most 1048576 bytes, got more`,
    });
    // The rest is what lies in buffers.
    expect(await sent).toBeLessThan(64 * 1_048_576);
  });

  it("stops reading a small body that becomes a large one", async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(Buffer.alloc(50 * 1_048_576)));
    });
    await expect(send(url)).rejects.toMatchObject({ code: "protocol_error" });
  });

  it("ends with its signal while the body arrives", async () => {
    const abort = new AbortController();
    const reason = new Error("given up");
    const url = await serve((_request, response) => {
      response.write("part");
      setImmediate(() => abort.abort(reason));
    });
    await expect(send(url, abort.signal)).rejects.toBe(reason);
  });

  it.each([
    "http://127.0.0.1:1/blob?sv=1&sig=SeCrEt",
    "http://a b/blob?sig=SeCrEt",
    "http://[::x]/blob?sig=SeCrEt",
  ])("fails without showing the query: %s", async (url) => {
    const error = await send(url).catch((failure: Error) => failure);
    expect(error).toMatchObject({ name: "ConnectionFailedError", remediation: "Check the network" });
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain("SeCrEt");
  });
});
