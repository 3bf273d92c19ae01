import { encodePropertyBag, fromUtf8, utf8 } from "@isohub/core/internal";
import { VirtualClock } from "@isohub/core/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MemoryStore } from "../../store/memory-store.ts";
import { testHub } from "../../testing/hub.ts";
import { vector } from "../../testing/vectors.ts";
import { TelemetryStore } from "./telemetry.ts";
import { maxTelemetryBytes, type TelemetryMessage } from "./telemetry-message.ts";

function add(
  log: TelemetryStore,
  bag = "",
  body: Uint8Array = new Uint8Array(),
): TelemetryMessage | undefined {
  const received = { identity: { deviceId: "d1" }, bag, body, connection: {}, dup: false };
  return log.add(received) === undefined ? undefined : log.read().at(-1);
}

function withLog(limit = 1000): { log: TelemetryStore; clock: VirtualClock } {
  const clock = new VirtualClock();
  return {
    log: new TelemetryStore(clock, new MemoryStore(), { messages: limit, bytes: 1e9, bytesPerDevice: 1e9 }),
    clock,
  };
}

/** The bag of a topic of the official SDKs. */
function bagOf(id: string): string {
  return (vector(id).expected as { topic: string }).topic.split("/messages/events/")[1] ?? "";
}

it("the number of partitions is an option, and stays with the state", () => {
  const store = new MemoryStore();
  const limits = { messages: 10, bytes: 1e9, bytesPerDevice: 1e9 };
  const open = (partitions?: number): number =>
    new TelemetryStore(new VirtualClock(), store, limits, partitions).partitions.length;
  expect([open(7), open(3), open()]).toEqual([7, 7, 7]);
  expect(withLog().log.partitions).toHaveLength(4);
});

describe("properties of telemetry", () => {
  it("are read from Python's topics", () => {
    const message = add(withLog().log, bagOf("tele-02"));
    expect(message?.properties).toEqual({ a: "1", b: "2" });
    expect(message?.systemProperties).toEqual({
      messageId: "msg-1",
      correlationId: "corr/1",
      userId: "user@x",
      contentType: "application/json",
      contentEncoding: "utf-8",
      interfaceId: "urn:x",
      expiryTimeUtc: "2025-01-02T03:04:05.678000",
      componentName: "thermostat1",
    });
  });

  it("are read from Node's topics", () => {
    const message = add(withLog().log, bagOf("tele-03"));
    expect(message?.properties).toEqual({ b: "2", a: "1" });
    expect(message?.systemProperties).toMatchObject({
      to: "/x",
      componentName: "thermostat1",
      expiryTimeUtc: "2025-01-02T03:04:05.678Z",
    });
  });

  it.each(["tele-04", "tele-05"])("keep reserved characters and unicode: %s", (id) => {
    expect(add(withLog().log, bagOf(id))?.properties).toMatchObject({
      "temp unit": "°C & 'x'=50%+/?#~!*()",
      "emoji😀": "ключ",
      $dollar: "$v",
      empty: "",
    });
  });

  it("distinguish a key without a value from one with an empty value, and keep a plus", () => {
    expect(add(withLog().log, "bare&empty=&plus=a+b&eq=a=b")?.properties).toEqual({
      bare: null,
      empty: "",
      plus: "a+b",
      eq: "a=b",
    });
  });

  it("keep an unknown system property under its own key", () => {
    expect(add(withLog().log, "%24.new=1")?.systemProperties).toEqual({ "$.new": "1" });
  });

  it("are the same as those that were sent", () => {
    const names = fc
      .string({ minLength: 1, unit: "grapheme" })
      .filter((name) => !name.startsWith("$.") && name !== "__proto__");
    fc.assert(
      fc.property(fc.dictionary(names, fc.string({ unit: "grapheme" })), (properties) => {
        const bag = encodePropertyBag(Object.entries(properties));
        expect(add(withLog().log, bag)?.properties).toEqual({ ...properties });
      }),
    );
  });
});

describe("the size of telemetry", () => {
  it("is limited to 256 KB", () => {
    const { log } = withLog();
    expect(add(log, "", new Uint8Array(maxTelemetryBytes))).toBeDefined();
    expect(add(log, "", new Uint8Array(maxTelemetryBytes + 1))).toBeUndefined();
    expect(log.read()).toHaveLength(1);
  });

  it("counts names and values of properties, and only the values of system properties", () => {
    const { log } = withLog();
    expect(add(log, "abc=de", new Uint8Array(maxTelemetryBytes - 5))).toBeDefined();
    expect(add(log, "abc=de", new Uint8Array(maxTelemetryBytes - 4))).toBeUndefined();
    expect(add(log, "%24.mid=de", new Uint8Array(maxTelemetryBytes - 2))).toBeDefined();
    expect(add(log, "%24.mid=de", new Uint8Array(maxTelemetryBytes - 1))).toBeUndefined();
    expect(add(log, "a=%C3%A9", new Uint8Array(maxTelemetryBytes - 3))).toBeDefined();
    expect(add(log, "a=%C3%A9", new Uint8Array(maxTelemetryBytes - 2))).toBeUndefined();
  });
});

describe("the telemetry log", () => {
  it("numbers messages and reads them after a number", () => {
    const { log } = withLog();
    for (const text of ["a", "b", "c"]) add(log, "", utf8(text));
    expect(log.read().map(({ sequenceNumber }) => sequenceNumber)).toEqual([1, 2, 3]);
    expect(log.read({}, 2).map(({ body }) => fromUtf8(body))).toEqual(["c"]);
    expect(log.read({ deviceId: "other" })).toEqual([]);
  });

  it("keeps only the latest messages", () => {
    const { log } = withLog(3);
    for (let at = 0; at < 20; at++) {
      add(log);
      expect(log.read().length).toBe(Math.min(3, at + 1));
      expect(log.read().at(-1)?.sequenceNumber).toBe(at + 1);
    }
    const { log: none } = withLog(0);
    add(none);
    expect(none.read()).toEqual([]);
  });

  it("resolves waiting readers with kept and new messages", async () => {
    const { log } = withLog();
    add(log, "n=1");
    const waiting = log.wait(() => true, 3, 1000);
    add(log, "n=2");
    add(log, "n=3");
    add(log, "n=4");
    expect((await waiting).map(({ properties }) => properties["n"])).toEqual(["1", "2", "3"]);
    expect(await log.wait(({ properties }) => properties["n"] === "4", 1, 1000)).toHaveLength(1);
  });

  it("rejects a reader after its timeout with the number of messages, and leaves no timer", async () => {
    const { log, clock } = withLog();
    const waiting = expect(log.wait(() => true, 2, 1000)).rejects.toThrow(
      "received 1 of 2 telemetry messages within 1000 ms",
    );
    add(log);
    await clock.advance(1000);
    await waiting;
    const served = log.wait(() => true, 2, 1000);
    add(log);
    await served;
    expect(clock.timers).toBe(0);
  });

  it("rejects waiting readers when it is closed", async () => {
    const { log, clock } = withLog();
    const waiting = expect(log.wait(() => true, 1, 1000)).rejects.toThrow(
      "received 0 of 1 telemetry messages before the hub was closed",
    );
    log.close();
    await waiting;
    expect(clock.timers).toBe(0);
  });
});

describe("telemetry of a device", () => {
  it("has the identity and the authentication of its sender", async () => {
    const hub = testHub();
    const { session } = await hub.device("d1");
    hub.from(session, "devices/d1/messages/events/a=b", "x");
    expect(hub.telemetry.read()).toMatchObject([
      {
        deviceId: "d1",
        properties: { a: "b" },
        enqueuedTime: "2026-01-01T00:00:00.000Z",
        sequenceNumber: 1,
        systemProperties: {
          connectionDeviceId: "d1",
          connectionDeviceGenerationId: hub.registry.require({ deviceId: "d1" }).generationId,
          connectionAuthMethod:
            '{"scope":"device","type":"sas","issuer":"iothub","acceptingIpFilterRule":null}',
        },
      },
    ]);
    expect(hub.telemetry.read()[0]).not.toHaveProperty("moduleId");
    expect(hub.telemetry.read()[0]).not.toHaveProperty("dup");
    expect(hub.seen.at(-1)).toMatchObject({ type: "telemetry", deviceId: "d1", sequenceNumber: 1, bytes: 1 });
  });

  it("from a module names the module", async () => {
    const hub = testHub();
    hub.identities.create({ deviceId: "d1", moduleId: "m1" }, {});
    const { session } = await hub.device("d1/m1");
    hub.from(session, "devices/d1/modules/m1/messages/events/%24.on=out%2Fput%201/", "x");
    expect(hub.telemetry.read()).toMatchObject([
      {
        deviceId: "d1",
        moduleId: "m1",
        systemProperties: {
          connectionModuleId: "m1",
          outputName: "out/put 1",
          connectionAuthMethod: expect.stringContaining('"module"'),
        },
      },
    ]);
  });

  it("with RETAIN gets a property, and with DUP a flag", async () => {
    const hub = testHub();
    const { session } = await hub.device("d1");
    const publish = { topic: "devices/d1/messages/events/", payload: utf8("x"), qos: 1 as const };
    hub.operations.publish(session, { ...publish, retain: true, dup: false });
    hub.operations.publish(session, { ...publish, retain: false, dup: true });
    expect(hub.telemetry.read()).toMatchObject([
      { properties: { "mqtt-retain": "true" } },
      { properties: {}, dup: true },
    ]);
  });

  it("that is too large, has QoS 2, or uses another device's topic closes the connection", async () => {
    const hub = testHub();
    const { session } = await hub.device("d1");
    expect(hub.from(session, "devices/d1/messages/events/", new Uint8Array(262_145))).toMatch("256 KB");
    expect(hub.from(session, "devices/d1/messages/events/", "x", 2)).toMatch("QoS 2");
    expect(hub.from(session, "devices/d2/messages/events/", "x")).toMatch("devices/d2");
    expect(hub.telemetry.read()).toEqual([]);
  });
});

describe("reading", () => {
  const from = (log: TelemetryStore, deviceId: string): number =>
    log.add({ identity: { deviceId }, bag: "", body: new Uint8Array(), connection: {}, dup: false }) ?? 0;

  it("goes through all partitions in order of arrival, from any sequence number", () => {
    const { log } = withLog(150);
    for (let at = 0; at < 400; at++) from(log, `d${(at * 7) % 11}`);
    const numbers = log.read().map(({ sequenceNumber }) => sequenceNumber);
    expect(numbers).toHaveLength(150);
    expect(numbers).toEqual([...numbers].sort((one, other) => one - other));
    for (let after = 0; after <= 402; after += 6) {
      const read = log.read({}, after).map(({ sequenceNumber }) => sequenceNumber);
      expect(read).toEqual(numbers.filter((number) => number > after));
    }
    const ofDevice = log.read({ deviceId: "d3" }, 300);
    expect(ofDevice.length).toBeGreaterThan(0);
    expect(ofDevice).toEqual(log.read({}, 300).filter(({ deviceId }) => deviceId === "d3"));
  });

  it("ends with the messages that were there when it began, and skips those deleted meanwhile", () => {
    const { log } = withLog(100);
    for (let at = 0; at < 100; at++) from(log, "d");
    const messages = log.messages();
    expect(messages.next().value?.sequenceNumber).toBe(1);
    for (let at = 0; at < 60; at++) from(log, "d");
    const rest = [...messages].map(({ sequenceNumber }) => sequenceNumber);
    expect(rest.at(-1)).toBe(100);
    // What was read ahead, and what is still kept.
    expect(rest.length).toBeLessThan(99);
  });
});
