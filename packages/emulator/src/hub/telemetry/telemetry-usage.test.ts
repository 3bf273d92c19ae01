import { VirtualClock } from "@isohub/core/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MemoryStore } from "../../store/memory-store.ts";
import { TelemetryStore } from "./telemetry.ts";
import type { TelemetryLimits } from "./telemetry-usage.ts";

const unlimited = { messages: 1e9, bytes: 4e9, bytesPerDevice: 4e9 };
const body = new Uint8Array(1000);
// With what a message takes besides its bag and body.
const messageBytes = 1300;

function telemetryStore(limits: Partial<TelemetryLimits>, store = new MemoryStore()): TelemetryStore {
  return new TelemetryStore(new VirtualClock(), store, { ...unlimited, ...limits });
}

function send(telemetry: TelemetryStore, deviceId: string, times = 1): void {
  for (let count = 0; count < times; count++) {
    telemetry.add({ identity: { deviceId }, bag: "", body, connection: {}, dup: false });
  }
}

const kept = (telemetry: TelemetryStore, deviceId: string): number[] =>
  telemetry.read({ deviceId }).map(({ sequenceNumber }) => sequenceNumber);

describe("the limits of telemetry", () => {
  it.each([
    ["messages", { messages: 100 }],
    ["bytes", { bytes: 100 * messageBytes }],
  ])("delete the oldest %s of a busy device, and nothing of the others", (_, limits) => {
    const telemetry = telemetryStore(limits);
    send(telemetry, "quiet", 3);
    send(telemetry, "busy", 1000);
    send(telemetry, "late", 2);
    expect(kept(telemetry, "quiet")).toEqual([1, 2, 3]);
    expect(kept(telemetry, "late")).toEqual([1004, 1005]);
    expect(kept(telemetry, "busy")).toEqual(Array.from({ length: 95 }, (_, at) => at + 909));
    expect(telemetry.read()).toHaveLength(100);
  });

  it("hold for each device", () => {
    const telemetry = telemetryStore({ bytesPerDevice: 10 * messageBytes });
    for (const deviceId of ["a", "b"]) send(telemetry, deviceId, 30);
    for (const deviceId of ["a", "b"]) expect(kept(telemetry, deviceId)).toHaveLength(10);
  });

  it("leave devices that send equally much equally much", () => {
    const telemetry = telemetryStore({ messages: 100 });
    const devices = Array.from({ length: 10 }, (_, at) => `d${at}`);
    for (let round = 0; round < 100; round++) for (const deviceId of devices) send(telemetry, deviceId);
    for (const deviceId of devices) expect(kept(telemetry, deviceId)).toHaveLength(10);
  });

  it("delete nothing while there is room, and never more than necessary", () => {
    const device = fc.integer({ min: 0, max: 5 });
    fc.assert(
      fc.property(
        fc.array(device, { maxLength: 300 }),
        fc.integer({ min: 0, max: 50 }),
        (senders, messages) => {
          const telemetry = telemetryStore({ messages });
          for (const at of senders) send(telemetry, `d${at}`);
          expect(telemetry.read()).toHaveLength(Math.min(messages, senders.length));
        },
      ),
    );
  });

  it("hold for restored telemetry", () => {
    const store = new MemoryStore();
    send(telemetryStore({}, store), "d", 20);
    const again = telemetryStore({ messages: 5 }, store);
    expect(kept(again, "d")).toEqual([16, 17, 18, 19, 20]);
    send(again, "d");
    expect(kept(again, "d")).toEqual([17, 18, 19, 20, 21]);
  });
});

describe("a partition", () => {
  it("has all messages of a device, with numbers and offsets that rise over restarts", () => {
    const store = new MemoryStore();
    const telemetry = telemetryStore({ messages: 2 }, store);
    send(telemetry, "d", 3);
    const [partition] = telemetry.partitions.filter(({ log }) => log.size > 0);
    expect(partition?.read().map(({ partitionSequenceNumber: number }) => number)).toEqual([1, 2]);
    expect(partition?.state()).toMatchObject({
      isEmpty: false,
      beginningSequenceNumber: 1,
      lastEnqueuedSequenceNumber: 2,
    });
    const copy = new MemoryStore(JSON.parse(JSON.stringify(store.snapshot())));
    const again = telemetryStore({ messages: 0 }, copy);
    const empty = again.partitions.find(({ id }) => id === partition?.id);
    expect(empty?.state()).toMatchObject({
      isEmpty: true,
      beginningSequenceNumber: 3,
      lastEnqueuedSequenceNumber: 2,
      lastEnqueuedOffset: partition?.read().at(-1)?.offset,
    });
    const lastOffset = Number(empty?.state().lastEnqueuedOffset);
    const restored = telemetryStore({}, copy);
    send(restored, "d");
    expect(restored.read()).toMatchObject([{ sequenceNumber: 4 }]);
    const next = restored.partitions.find(({ id }) => id === partition?.id)?.read() ?? [];
    expect(next.map(({ partitionSequenceNumber: number }) => number)).toEqual([3]);
    expect(Number(next[0]?.offset)).toBeGreaterThan(lastOffset);
  });

  it("is read after a number, with a limit, and reports what arrives", () => {
    const telemetry = telemetryStore({});
    const arrived: string[] = [];
    const stop = telemetry.onAppend(({ id }) => arrived.push(id));
    send(telemetry, "d", 5);
    stop();
    send(telemetry, "d");
    const [partition] = telemetry.partitions.filter(({ log }) => log.size > 0);
    expect(arrived).toEqual(Array(5).fill(partition?.id));
    expect(partition?.read(1, 2).map(({ telemetry: { sequenceNumber } }) => sequenceNumber)).toEqual([3, 4]);
  });

  it("is the same for a device in every hub, and devices spread over all", () => {
    const telemetry = telemetryStore({});
    for (let at = 0; at < 100; at++) send(telemetry, `device-${at}`);
    for (const { log } of telemetry.partitions) expect(log.size).toBeGreaterThan(10);
  });
});
