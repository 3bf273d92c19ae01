import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { ControlFetch } from "./control-fetch.ts";

/** Starts a server, and returns its URL. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

function newFetch(timeoutMs?: number): ControlFetch["fetch"] {
  const fetch = new ControlFetch(timeoutMs === undefined ? {} : { timeoutMs });
  onTestFinished(() => fetch.close());
  return fetch.fetch;
}

describe("requests between hubs", () => {
  it("have a method, headers and a body, and resolve with the answer", async () => {
    const url = await serve((request, response) => {
      let body = "";
      request.on("data", (part) => {
        body += part;
      });
      request.on("end", () => {
        response.writeHead(418, { "content-type": "application/json" });
        response.end(JSON.stringify({ method: request.method, type: request.headers["content-type"], body }));
      });
    });
    const headers = { "content-type": "application/json" };
    const response = await newFetch()(url, { method: "POST", headers, body: '"ä"' });
    expect(response.status).toBe(418);
    expect(await response.json()).toEqual({ method: "POST", type: "application/json", body: '"ä"' });
  });

  it("resolve with an answer without a body", async () => {
    const url = await serve((_request, response) => void response.writeHead(204).end());
    expect((await newFetch()(url, { method: "DELETE" })).status).toBe(204);
  });

  it("end if nothing, or only a part, is answered in time", async () => {
    const silent = await serve(() => {});
    await expect(newFetch(50)(silent, {})).rejects.toThrow("no answer within 50 ms");
    const slow = await serve((_request, response) => {
      response.writeHead(200, { "content-length": "10" });
      response.write("1");
    });
    await expect(newFetch(50)(slow, {})).rejects.toThrow();
  });

  it("end if the answer is too long", async () => {
    const url = await serve((_request, response) => {
      response.on("error", () => {});
      for (let part = 0; part < 20; part++) response.write(Buffer.alloc(100_000));
      response.end();
    });
    await expect(newFetch()(url, {})).rejects.toThrow("an answer must have at most 1048576 bytes, got more");
  });

  it("end with their signal", async () => {
    const silent = await serve(() => {});
    const stop = new AbortController();
    const request = newFetch()(silent, { signal: stop.signal });
    stop.abort();
    await expect(request).rejects.toMatchObject({ name: "AbortError" });
  });

  it("use at most 16 connections, and wait for one without losing time", async () => {
    let open = 0;
    let most = 0;
    const waiting: (() => void)[] = [];
    const url = await serve((_request, response) => {
      open++;
      most = Math.max(most, open);
      waiting.push(() => {
        open--;
        response.end();
      });
    });
    const fetch = newFetch();
    const requests = Array.from({ length: 40 }, () => fetch(url, {}));
    for (let answered = 0; answered < 40; answered++) {
      await expect.poll(() => waiting.length, { interval: 1 }).toBeGreaterThan(0);
      waiting.shift()?.();
    }
    const statuses = (await Promise.all(requests)).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(most).toBeLessThanOrEqual(16);
  });
});
