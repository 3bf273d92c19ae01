import { describe, expect, it } from "vitest";
import { MemoryServer, settle } from "../testing/memory-server.ts";
import type { MemoryWire } from "../testing/memory-wire.ts";
import { packets } from "../testing/raw-client.ts";

const events = "devices/d1/messages/events/";
const typesOf = (wire: MemoryWire): number[] => wire.blocks.map(([head = 0]) => head >> 4);

describe("CONNACK", () => {
  it("is delayed the given number of times, with everything that follows", async () => {
    const server = new MemoryServer();
    server.faults.delayConnack(500, { deviceId: "d1" });
    const wire = server.open();
    wire.receive(await server.connectBytes(), packets.publish(events, "x", 1));
    await settle();
    await server.hub.clock.advance(499);
    expect([wire.blocks, server.hub.telemetry.read(), server.faults.rules()]).toEqual([[], [], []]);
    await server.hub.clock.advance(1);
    while (wire.blocks.length === 0) await settle();
    expect(server.hub.telemetry.read()).toHaveLength(1);
    const next = await server.connect();
    expect(next.closed).toBeUndefined();
    server.close();
  });

  it("isn't sent to a client that has given up", async () => {
    const server = new MemoryServer();
    server.faults.delayConnack(500);
    const wire = server.open();
    wire.receive(await server.connectBytes());
    wire.lose();
    await server.hub.clock.advance(500);
    await settle();
    expect(wire.blocks).toEqual([]);
    expect(server.hub.sessions.list()).toEqual([]);
    expect(server.hub.clock.timers).toBe(0);
  });
});

it("latency delays every packet to a device, in order, until it ends", async () => {
  const server = new MemoryServer();
  const wire = await server.connect();
  server.faults.latency("d1", 200);
  wire.receive(
    packets.pingreq(),
    packets.publish(events, "x", 1),
    packets.subscribe(2, ["$iothub/twin/#", 0]),
  );
  wire.receive(packets.publish("$iothub/twin/GET/?$rid=1", "", 0, 0));
  await settle();
  await server.hub.clock.advance(199);
  expect(wire.blocks).toEqual([]);
  await server.hub.clock.advance(1);
  expect(typesOf(wire)).toEqual([13, 4, 9, 3]);
  server.faults.latency("d1", 0);
  wire.receive(packets.pingreq());
  await settle();
  expect(typesOf(wire)).toEqual([13, 4, 9, 3, 13]);
  server.close();
});

describe("random drops", () => {
  /** The numbers of the messages at which connections are cut. */
  async function dropsOf(seed: number, percent: number, times?: number): Promise<number[]> {
    const server = new MemoryServer();
    server.faults.dropRandomly({ seed, percent, ...(times === undefined ? {} : { times }) });
    const drops: number[] = [];
    let wire = await server.connect();
    for (let number = 1; number <= 100; number++) {
      wire.receive(packets.publish(events, String(number), number));
      if (wire.closed === undefined) continue;
      expect(wire.closed).toBe("reset");
      drops.push(number);
      wire = await server.connect();
    }
    // Every message is stored, also one that has cut its connection.
    expect(server.hub.telemetry.read()).toHaveLength(100);
    server.close();
    return drops;
  }

  it("are the same for a seed, and others for another", async () => {
    const drops = await dropsOf(7, 10);
    expect(drops.length).toBeGreaterThan(2);
    expect(drops.length).toBeLessThan(25);
    expect(await dropsOf(7, 10)).toEqual(drops);
    expect(await dropsOf(8, 10)).not.toEqual(drops);
  });

  it("end after a number of times", async () => {
    const drops = await dropsOf(7, 10);
    expect(await dropsOf(7, 10, 2)).toEqual(drops.slice(0, 2));
    expect(await dropsOf(7, 100, 3)).toEqual([1, 2, 3]);
  });
});
