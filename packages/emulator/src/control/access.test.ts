import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { createControlClient } from "../control-client.ts";
import { startEmulator } from "../start-emulator.ts";
import { TestBench } from "../testing/emulator.ts";

const bench = new TestBench({ allowedOrigins: ["https://app.example"] });

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** Sends a request with exactly these headers, as `fetch` doesn't. */
async function send(
  line: string,
  headers: Record<string, string> = {},
  body?: string,
  hub = bench.hub,
): Promise<Answer> {
  const [method = "GET", path = ""] = line.split(" ");
  const { host, plainPort: port } = hub.endpoints;
  const outgoing = request({ host, port, method, path: `/control${path}`, headers, agent: false });
  outgoing.end(body);
  const [response] = (await once(outgoing, "response")) as [IncomingMessage];
  let text = "";
  for await (const chunk of response) text += chunk;
  return { status: response.statusCode, headers: response.headers, body: text };
}

const json = { "content-type": "application/json" };

describe("the control API", () => {
  it.each(["https://evil.example", "http://localhost.evil.example", "http://evil.example:8080", "null", "x"])(
    "gives pages of %s nothing",
    async (origin) => {
      await bench.newDevice();
      for (const line of [
        "GET /devices",
        "DELETE /devices/d",
        "OPTIONS /devices",
        "GET /events",
        "GET /ca.pem",
      ]) {
        const { status, headers, body } = await send(line, { origin });
        expect(status, line).toBe(403);
        expect(headers).not.toHaveProperty("access-control-allow-origin");
        expect(body).toContain("Forbidden");
      }
      const sent = await send("POST /devices", { origin, ...json }, '{"deviceId":"evil"}');
      expect(sent.status).toBe(403);
      await expect(bench.hub.getDevice("evil")).rejects.toMatchObject({ name: "DeviceNotFound" });
    },
  );

  it.each(["http://localhost:3000", "https://127.0.0.1", "http://[::1]:5173", "https://app.example"])(
    "serves pages of %s",
    async (origin) => {
      const preflight = await send("OPTIONS /devices", {
        origin,
        "access-control-request-method": "PATCH",
        "access-control-request-headers": "content-type",
      });
      expect(preflight.headers).toMatchObject({
        "access-control-allow-origin": origin,
        "access-control-allow-methods": expect.stringContaining("PATCH"),
        "access-control-allow-headers": "content-type",
      });
      const error = await send("GET /devices/unknown", { origin });
      expect(error).toMatchObject({ status: 404, headers: { "access-control-allow-origin": origin } });
    },
  );

  it("answers only to names of this machine and of the hub, whatever the port", async () => {
    for (const host of ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "192.0.2.1"]) {
      expect((await send("GET /devices", { host })).status, host).toBe(403);
    }
    for (const host of ["localhost", "127.0.0.1:99", "[::1]", "LOCALHOST:1"]) {
      expect((await send("GET /devices", { host })).status, host).toBe(200);
    }
  });

  it.each([
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=b",
    "text/json",
  ])("refuses a body of type %s", async (type) => {
    const answer = await send("POST /devices", { "content-type": type }, '{"deviceId":"typed"}');
    expect(answer).toMatchObject({ status: 415, body: expect.stringContaining("application/json") });
    await expect(bench.hub.getDevice("typed")).rejects.toMatchObject({ name: "DeviceNotFound" });
  });

  it("refuses a body without a type, and accepts no body", async () => {
    expect((await send("POST /devices", {}, '{"deviceId":"untyped"}')).status).toBe(415);
    const id = await bench.newDevice();
    expect((await send(`POST /devices/${id}/kick`)).status).toBe(200);
    const charset = { "content-type": "application/json; charset=utf-8" };
    expect((await send("POST /devices", charset, '{"deviceId":"typed-as-json"}')).status).toBe(201);
  });

  it.each([
    ["POST /hubs", { name: "open", host: "0.0.0.0" }, "'host' isn't a field"],
    ["POST /workloads", { deviceId: "d", moduleId: "m", socketPath: "/tmp/x" }, "'socketPath' isn't a field"],
  ])("takes no listening address: %s %j", async (line, body, message) => {
    const answer = await send(line, json, JSON.stringify(body));
    expect(answer).toMatchObject({ status: 400, body: expect.stringContaining(message) });
  });

  it("refuses a large body before it has arrived", async () => {
    const { host, plainPort } = bench.hub.endpoints;
    const socket = connect(plainPort, host).on("error", () => {});
    socket.write(
      `POST /control/devices HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 600000000\r\n\r\n{`,
    );
    const [answer] = (await once(socket, "data")) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1.1 413 /);
    socket.destroy();
    // Without a length, the body is read up to the limit.
    const outgoing = request({
      host,
      port: plainPort,
      method: "POST",
      path: "/control/devices",
      headers: json,
    });
    outgoing.on("error", () => {});
    outgoing.write("x".repeat(1024 * 1024 + 1));
    const [response] = (await once(outgoing, "response")) as [IncomingMessage];
    expect(response.statusCode).toBe(413);
    outgoing.destroy();
  });

  it("cuts a reader of events that never reads", async () => {
    const { host, plainPort } = bench.hub.endpoints;
    const reader = connect(plainPort, host).on("error", () => {});
    reader.write("GET /control/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await once(reader, "data");
    reader.pause();
    const id = await bench.newDevice();
    // The sockets hold some megabytes on their way; the limit comes on top.
    const value = "x".repeat(4000);
    const patch = { a: value, b: value, c: value, d: value, e: value, f: value, g: value };
    const rounds = 1000;
    for (let at = 0; at < rounds; at++) await bench.hub.patchDesired(id, patch);
    let received = 0;
    reader.on("data", (chunk: Buffer) => {
      received += chunk.length;
    });
    await once(reader.resume(), "close");
    expect(received).toBeLessThan(rounds * 7 * 4000);
  });
});

describe("MQTT over WebSockets", () => {
  it.each([
    ["https://evil.example", false],
    ["null", false],
    ["http://localhost:5173", true],
    ["https://app.example", true],
  ])("from pages of %s: %s", async (origin, isAllowed) => {
    const { host, plainPort } = bench.hub.endpoints;
    const socket = new WebSocket(`ws://${host}:${plainPort}/$iothub/websocket`, "mqtt", { origin });
    const outcome = await new Promise((resolve) => {
      socket.on("open", () => resolve("open"));
      socket.on("error", (error) => resolve(error.message));
    });
    expect(outcome).toBe(isAllowed ? "open" : "Unexpected server response: 403");
    socket.terminate();
  });
});

describe("a control token", () => {
  it("is required once there is one, except for the certificate", async () => {
    const token = "0123456789abcdef";
    await using hub = await startEmulator({ controlToken: token });
    expect(hub.controlToken).toBe(token);
    const status = async (line: string, authorization?: string): Promise<number | undefined> =>
      (await send(line, authorization === undefined ? {} : { authorization }, undefined, hub)).status;
    expect(await status("GET /devices")).toBe(401);
    expect(await status("GET /devices", `Bearer ${token}x`)).toBe(401);
    expect(await status("GET /devices", `Basic ${token}`)).toBe(401);
    expect(await status("GET /devices", `Bearer ${token}`)).toBe(200);
    expect(await status("GET /ca.pem")).toBe(200);
    // A page of another origin gets nothing, even with the token.
    const page = { origin: "https://evil.example", authorization: `Bearer ${token}` };
    expect((await send("GET /devices", page, undefined, hub)).status).toBe(403);
    const { controlUrl } = hub.endpoints;
    expect(await createControlClient(controlUrl, { token }).listDevices()).toEqual([]);
    await expect(createControlClient(controlUrl).listDevices()).rejects.toMatchObject({ statusCode: 401 });
  });

  it("is made for a hub that other machines can reach", async () => {
    await using hub = await startEmulator({ host: "0.0.0.0" });
    expect(hub.controlToken).toMatch(/^[\w+/]{32}$/);
    expect((await send("GET /devices", {}, undefined, hub)).status).toBe(401);
    const authorization = `Bearer ${hub.controlToken}`;
    // The name is up to the network then.
    expect((await send("GET /devices", { host: "hub.example", authorization }, undefined, hub)).status).toBe(
      200,
    );
    await using local = await startEmulator();
    expect(local.controlToken).toBeUndefined();
  });

  it("has a form that a header can have", async () => {
    await expect(startEmulator({ controlToken: "short" })).rejects.toThrow(
      "controlToken must be at least 16",
    );
    await expect(startEmulator({ controlToken: "0123456789abcdef\r\nx: y" })).rejects.toThrow(
      "controlToken must be",
    );
  });
});
