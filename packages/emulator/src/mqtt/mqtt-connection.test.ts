import { describe, expect, it } from "vitest";
import { MemoryServer, settle } from "../testing/memory-server.ts";
import { packets } from "../testing/raw-client.ts";

const events = "devices/d1/messages/events/";
const c2d = "devices/d1/messages/devicebound/#";

describe("a client that doesn't read", () => {
  it("isn't read either, and is cut if it makes no progress", async () => {
    const server = new MemoryServer();
    const wire = await server.connect();
    wire.reads = false;
    wire.receive(packets.subscribe(1, [c2d, 1]));
    for (let count = 0; count < 20; count++) server.hub.c2d.send("d1", new Uint8Array(60_000));
    await settle();
    expect([wire.paused, wire.closed]).toEqual([true, undefined]);
    await server.hub.clock.advance(30_000);
    expect(wire.closed).toBe("reset");
    expect(server.hub.seen.at(-1)).toMatchObject({ type: "deviceDisconnected", reason: "slowReader" });
    expect(server.hub.c2d.list("d1")).toHaveLength(20);
  });

  it("gets no more answers than fit, even to requests that have arrived together", async () => {
    const server = new MemoryServer();
    const wire = await server.connect();
    server.hub.twins.patchDesired({ deviceId: "d1" }, { large: "x".repeat(4000) });
    const waiting: (() => void)[] = [];
    let written = 0;
    wire.write = (bytes, done) => {
      written += bytes.length;
      waiting.push(done);
    };
    wire.receive(packets.subscribe(1, ["$iothub/twin/#", 0]));
    const requests = Array.from({ length: 1000 }, (_, at) =>
      packets.publish(`$iothub/twin/GET/?$rid=${at}`, ""),
    );
    wire.receive(Buffer.concat(requests), packets.publish(events, "last", 9));
    await settle();
    expect(written).toBeGreaterThan(1024 * 1024);
    expect(written).toBeLessThan(1024 * 1024 + 10_000);
    expect([wire.paused, server.hub.telemetry.read()]).toEqual([true, []]);
    while (waiting.length > 0) {
      for (const done of waiting.splice(0)) done();
      await settle();
    }
    expect(written).toBeGreaterThan(1000 * 4000);
    expect([wire.paused, wire.closed, server.hub.telemetry.read().length]).toEqual([false, undefined, 1]);
    server.close();
  });

  it("is read again once it has read", async () => {
    const server = new MemoryServer();
    const wire = await server.connect();
    const waiting: (() => void)[] = [];
    wire.write = (_bytes, done) => void waiting.push(done);
    wire.receive(packets.subscribe(1, [c2d, 1]));
    for (let count = 0; count < 20; count++) server.hub.c2d.send("d1", new Uint8Array(60_000));
    await settle();
    expect(wire.paused).toBe(true);
    for (const done of waiting) done();
    expect(wire.paused).toBe(false);
    await server.hub.clock.advance(31_000);
    expect(wire.closed).toBeUndefined();
    server.close();
  });
});

describe("a client that sends before CONNACK", () => {
  it("is read up to a limit while its CONNECT is decided", async () => {
    const server = new MemoryServer();
    server.faults.withholdConnack({ deviceId: "d1" });
    const wire = server.open();
    wire.receive(await server.connectBytes());
    for (let count = 0; count < 5; count++) wire.receive(packets.publish(events, "x".repeat(60_000), 1));
    expect(wire.paused).toBe(true);
    server.close();
  });

  it("has a minute to send CONNECT, however many bytes it sends", async () => {
    const server = new MemoryServer();
    const wire = server.open();
    const connect = await server.connectBytes();
    for (let second = 0; second < 60; second++) {
      wire.receive(connect.subarray(second, second + 1));
      expect(wire.closed).toBeUndefined();
      await server.hub.clock.advance(1000);
    }
    expect(wire.closed).toBe("end");
  });
});

describe("an acknowledgement", () => {
  it("leaves when the state of the hub is stored, together with everything of its tick", async () => {
    const stored: (() => void)[] = [];
    const server = new MemoryServer(() => new Promise((resolve) => void stored.push(resolve)));
    const opened = server.connect();
    while (stored.length === 0) await settle();
    stored.shift()?.();
    const wire = await opened;
    wire.receive(packets.publish(events, "a", 1), packets.publish(events, "b", 2));
    await settle();
    expect([wire.blocks.length, server.hub.telemetry.read().length]).toEqual([0, 2]);
    stored.shift()?.();
    await settle();
    expect(wire.blocks.map((block) => [...block])).toEqual([[0x40, 2, 0, 1, 0x40, 2, 0, 2]]);
    server.close();
  });

  it("isn't sent before its message is stored when the connection ends", async () => {
    const stored: (() => void)[] = [];
    const server = new MemoryServer(() => new Promise((resolve) => void stored.push(resolve)));
    const opened = server.connect();
    while (stored.length === 0) await settle();
    stored.shift()?.();
    const wire = await opened;
    wire.receive(packets.publish(events, "a", 1), packets.publish("foo", "bad", 2));
    await settle();
    expect([wire.blocks.length, wire.closed]).toEqual([0, undefined]);
    for (const resolve of stored) resolve();
    await settle();
    expect([wire.blocks.length, wire.closed]).toEqual([1, "end"]);
  });
});

it("the keep-alive of a connection counts from the last received bytes", async () => {
  const server = new MemoryServer();
  const wire = await server.connect();
  await server.hub.clock.advance(80_000);
  wire.receive(packets.pingreq());
  await server.hub.clock.advance(90_000);
  // A ping that arrived while this process was busy is read after its timers.
  expect(wire.closed).toBeUndefined();
  wire.receive(packets.pingreq());
  await server.hub.clock.advance(90_000);
  expect(wire.closed).toBeUndefined();
  await server.hub.clock.advance(50);
  expect(wire.closed).toBe("end");
  expect(server.hub.seen.at(-1)).toMatchObject({ type: "deviceDisconnected", reason: "keepAliveTimeout" });
  expect(server.hub.clock.timers).toBe(0);
});
