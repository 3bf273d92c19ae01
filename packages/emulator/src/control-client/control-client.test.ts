import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { createControlClient } from "../control-client.ts";
import { connect } from "../testing/device.ts";
import { TestBench } from "../testing/emulator.ts";

const bench = new TestBench();

/** A client, and the requests that it has sent. */
function record(): { hub: ReturnType<typeof createControlClient>; requests: string[] } {
  const requests: string[] = [];
  const hub = createControlClient(bench.hub.endpoints.controlUrl, {
    fetch: (url, init) => {
      requests.push(`${init.method} ${url.split("/control")[1]} ${init.body ?? ""}`.trim());
      return fetch(url, init);
    },
  });
  return { hub, requests };
}

/** Lists what a module imports at run time, with what its imports import. */
function importsOf(file: string, found: Set<string> = new Set()): Set<string> {
  const code = readFileSync(file, "utf8");
  const statements = code.matchAll(/^(?:import|export) (?!type )(?:[^;]*? from )?"([^"]+)"/gm);
  for (const [, specifier = ""] of statements) {
    const target = specifier.startsWith(".") ? join(dirname(file), specifier) : specifier;
    if (found.has(target)) continue;
    found.add(target);
    if (specifier.startsWith(".")) importsOf(target, found);
  }
  return found;
}

describe("a control client", () => {
  it("has no dependencies, and leaves the hub out", () => {
    const imports = importsOf(fileURLToPath(new URL("../control-client.ts", import.meta.url)));
    expect(imports.size).toBeGreaterThan(10);
    const tables = /\/src\/(?:(?:control-client|control|schema|faults)\/|hub\/limits\/tiers\.ts$)/;
    for (const file of imports) expect(file).toMatch(tables);
  });

  it("puts parameters into the path, the query and the body, encoded", async () => {
    const { hub, requests } = record();
    const id = "a#?%b";
    await hub.createDevice(id, { status: "disabled" });
    await hub.updateDevice(id, { statusReason: null });
    await hub.createModule(id, "m");
    await hub.patchDesired(`${id}/m`, { a: 1 });
    await hub.sendToInput(id, "m", "in/put", Uint8Array.of(0, 255));
    await hub.telemetry(`${id}/m`, { after: 5 });
    expect(await hub.uploads(id)).toEqual([]);
    expect(requests).toEqual([
      'POST /devices {"deviceId":"a#?%b","status":"disabled"}',
      'PATCH /devices/a%23%3F%25b {"statusReason":null}',
      'POST /devices/a%23%3F%25b/modules {"moduleId":"m"}',
      'PATCH /devices/a%23%3F%25b/modules/m/twin {"desired":{"a":1}}',
      'POST /devices/a%23%3F%25b/modules/m/inputs/in%2Fput {"body":"AP8=","bodyEncoding":"base64"}',
      "GET /telemetry?deviceId=a%23%3F%25b&moduleId=m&after=5",
      "GET /uploads?deviceId=a%23%3F%25b",
    ]);
    expect(await hub.connectionString(id)).toBe(bench.hub.connectionString(id));
    expect(await hub.connectionString(`${id}/m`)).toBe(bench.hub.connectionString(`${id}/m`));
    expect((await hub.patchTags(id, { b: 2 })).tags).toEqual({ b: 2 });
  });

  it("returns telemetry with the bytes that the device sent, and waits for it", async () => {
    const { hub } = record();
    const device = await bench.device();
    const bodies = [Buffer.from("ä"), Buffer.from([0xff, 0])];
    const waiting = hub.waitForTelemetry({ deviceId: device.id, count: 2 });
    for (const body of bodies) {
      await device.client.publishAsync(`devices/${device.id}/messages/events/`, body, { qos: 1 });
    }
    const messages = await waiting;
    expect(messages.map(({ body }) => Buffer.from(body))).toEqual(bodies);
    expect(messages).toEqual(await hub.telemetry(device.id));
    expect(messages[0]).not.toHaveProperty("bodyEncoding");
    await expect(hub.waitForTelemetry({ deviceId: device.id }, { count: 3, timeoutMs: 1 })).rejects.toThrow(
      "2 of 3 telemetry messages arrived within 1 ms",
    );
    await device.end();
  });

  it("iterates over the events of one device until it is aborted or the caller stops", async () => {
    const { hub } = record();
    const id = await bench.newDevice();
    const stop = new AbortController();
    const events = await hub.events(id, { signal: stop.signal });
    await bench.newDevice();
    const device = await connect(bench.hub, id);
    expect((await events.next()).value).toMatchObject({ type: "deviceConnected", deviceId: id });
    await device.end();
    expect((await events.next()).value).toMatchObject({ type: "deviceDisconnected", deviceId: id });
    const end = events.next();
    stop.abort();
    expect(await end).toMatchObject({ done: true });

    const again = await hub.events(id);
    await hub.deleteDevice(id);
    for await (const event of again) {
      expect(event).toMatchObject({ type: "deviceDeleted" });
      break;
    }
    expect(await again.next()).toMatchObject({ done: true });
  });

  it("rejects with the hub's errors", async () => {
    const { hub } = record();
    const inProcess = await bench.hub.getTwin("nobody").catch((error: unknown) => error);
    const { name, message, statusCode, errorCode } = inProcess as Record<string, unknown>;
    const error = await hub.getTwin("nobody").catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name, message, statusCode, errorCode, info: {} });
    expect((error as { trackingId: string }).trackingId).toMatch(/-G:0-TimeStamp:/);
    await expect(hub.faults.delayPuback("d", -1)).rejects.toMatchObject({
      name: "ArgumentInvalid",
      message: "ms must be an integer from 0 to 1000000, got -1.",
    });
  });

  it("rejects if there is no control API", async () => {
    expect(() => createControlClient("localhost")).toThrow(
      "url must be the URL of a control API, got 'localhost'",
    );
    const nowhere = createControlClient("http://127.0.0.1:1/control");
    await expect(nowhere.info()).rejects.toMatchObject({
      name: "ConnectionFailed",
      statusCode: 0,
      message: "The control API must be reachable at http://127.0.0.1:1/control; is the emulator running?",
      cause: expect.any(Error),
    });
    const elsewhere = createControlClient("http://hub.test/control", {
      fetch: async () => new Response("not found", { status: 404 }),
    });
    await expect(elsewhere.kick("d")).rejects.toMatchObject({
      name: "ConnectionFailed",
      statusCode: 404,
      message: expect.stringContaining("POST http://hub.test/control/devices/d/kick"),
    });
  });

  it("rejects with the reason of an aborted signal", async () => {
    const { hub } = record();
    const stop = new AbortController();
    const reason = new Error("enough");
    const waiting = hub.telemetry("nobody", { waitMs: 60_000 }, { signal: stop.signal });
    stop.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await expect(hub.getDevice("d", { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await expect(hub.faults.stopListening({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
