// Twins over an MQTT engine and a hub in memory: requests, answers, desired patches over reconnections.
import { getEventListeners } from "node:events";
import { afterEach, describe, expect, it } from "vitest";
import { engineOfThisRun } from "../../test/engines.ts";
import {
  ArgumentError,
  ConnectionDroppedError,
  OperationCancelledError,
  OperationTimeoutError,
  ProtocolError,
  ServiceError,
} from "../errors.ts";
import type { ClientOptions } from "../setup/client-options.ts";
import { MemoryDevice } from "../testing/memory-device.ts";
import type { MemoryPeer } from "../testing/memory-peer.ts";
import type { PublishPacket } from "../testing/mqtt-packets.ts";
import { until } from "../testing/until.ts";
import { fromUtf8 } from "../util/text.ts";

const engine = engineOfThisRun();

const devices: MemoryDevice[] = [];
function make(options?: ClientOptions): MemoryDevice {
  const device = new MemoryDevice(engine, options);
  devices.push(device);
  return device;
}

afterEach(async () => {
  for (const device of devices.splice(0)) await device.end();
});

const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => new Error("it did not fail"),
    (error: unknown) => error,
  );

const requestIdOf = ({ topic }: PublishPacket): string => /\$rid=([^&]*)/.exec(topic)?.[1] ?? "";

/** Answers twin requests with a status and a body instead of the hub. */
function answer(device: MemoryDevice, status: number, body: string, tail = ""): void {
  device.hub.intercept = (packet, peer) => {
    if (packet.type !== "publish") return false;
    peer.publish(`$iothub/twin/res/${status}/?$rid=${requestIdOf(packet)}${tail}`, body);
    return true;
  };
}

/** The twin requests that came in at a peer. */
const requests = (peer: MemoryPeer): PublishPacket[] =>
  peer.all("publish").filter(({ topic }) => topic.startsWith("$iothub/twin/"));

describe("getTwin()", () => {
  it("subscribes to answers first, then asks with a body of one space, and gives both sections", async () => {
    const device = make();
    device.hub.twin = { desired: { a: 1, $version: 4 }, reported: { b: 2, $version: 5 } };
    expect(await device.client.getTwin()).toEqual(device.hub.twin);
    expect(device.peer.received.map(({ type }) => type)).toEqual(["connect", "subscribe", "publish"]);
    expect(requests(device.peer)).toMatchObject([{ topic: "$iothub/twin/GET/?$rid=1", qos: 0 }]);
    expect(fromUtf8(requests(device.peer)[0]?.payload ?? new Uint8Array())).toBe(" ");
  });

  it("many at once each get their own answer, in whatever order the hub gives them", async () => {
    const device = await make().connected();
    const held: PublishPacket[] = [];
    device.hub.intercept = (packet) => packet.type === "publish" && held.push(packet) > 0;
    const twins = ["a", "b", "c"].map(() => device.client.getTwin());
    await until(() => held.length === 3);
    for (const packet of [...held].reverse()) {
      const body = { desired: { for: requestIdOf(packet) }, reported: {} };
      device.peer.publish(`$iothub/twin/res/200/?$rid=${requestIdOf(packet)}`, JSON.stringify(body));
    }
    expect((await Promise.all(twins)).map(({ desired }) => desired["for"])).toEqual(held.map(requestIdOf));
  });

  it("an error status is a ServiceError with the hub's answer", async () => {
    const device = await make().connected();
    answer(device, 400, '{"errorCode":400004,"trackingId":"t-G:1","message":"bad twin"}');
    const error = await failure(device.client.getTwin());
    expect(error).toBeInstanceOf(ServiceError);
    expect(error).toMatchObject({
      code: "service_error",
      statusCode: 400,
      errorCode: 400_004,
      trackingId: "t-G:1",
      retryable: false,
      message: "Reading the twin was answered with status 400: bad twin",
    });
  });

  it("429 carries the delay of the next attempt; an error without a body is an error too", async () => {
    const device = await make().connected();
    answer(device, 429, "", "&retry-after=3");
    const error = await failure(device.client.getTwin());
    expect(error).toMatchObject({
      statusCode: 429,
      retryAfterMs: 3000,
      retryable: true,
      errorCode: undefined,
    });
    answer(device, 300, "");
    expect(await failure(device.client.getTwin())).toMatchObject({ name: "ServiceError", statusCode: 300 });
    answer(device, 500, "<html>");
    expect(await failure(device.client.getTwin())).toMatchObject({ statusCode: 500, retryable: true });
  });

  for (const [body, code] of [
    ["{", "invalid_json"],
    ["[]", "invalid_json"],
    ["null", "invalid_json"],
    ["", "invalid_json"],
    ['{"desired":{}}', "protocol_error"],
    ['{"desired":1,"reported":{}}', "protocol_error"],
  ] as const) {
    it(`an answer that is ${JSON.stringify(body)} is a ProtocolError ${code}`, async () => {
      const device = await make().connected();
      answer(device, 200, body);
      const error = await failure(device.client.getTwin());
      expect(error).toBeInstanceOf(ProtocolError);
      expect(error).toMatchObject({ code });
    });
  }

  it("a drop before the answer rejects with ConnectionDroppedError; it can be called again", async () => {
    const device = await make().connected();
    device.hub.intercept = ({ type }) => type === "publish";
    const reading = failure(device.client.getTwin());
    await until(() => requests(device.peer).length === 1);
    device.peer.close();
    const error = await reading;
    expect(error).toBeInstanceOf(ConnectionDroppedError);
    expect(error).toMatchObject({ code: "connection_dropped" });
    device.hub.intercept = () => false;
    const again = device.client.getTwin();
    await device.clock.advance(1000);
    expect(await again).toHaveProperty("desired");
  });

  it("an answer of the old connection does not answer a request of the new one", async () => {
    const device = await make().connected();
    device.hub.intercept = ({ type }) => type === "publish";
    const old = failure(device.client.getTwin());
    await until(() => requests(device.peer).length === 1);
    device.peer.close();
    await old;
    const reading = device.client.getTwin();
    await device.clock.advance(1000);
    await device.reconnected(2);
    await until(() => requests(device.peer).length === 1);
    device.peer.publish("$iothub/twin/res/200/?$rid=1", '{"desired":{"late":1},"reported":{}}');
    const requestId = requestIdOf(requests(device.peer)[0] ?? ({ topic: "" } as PublishPacket));
    device.peer.publish(`$iothub/twin/res/200/?$rid=${requestId}`, '{"desired":{"fresh":1},"reported":{}}');
    expect((await reading).desired).toEqual({ fresh: 1 });
  });

  it("lost before its subscription was confirmed goes over to the next connection: nothing had been asked yet", async () => {
    const device = await make().connected();
    device.hub.intercept = ({ type }) => type === "subscribe";
    const reading = device.client.getTwin();
    await until(() => device.peer.all("subscribe").length === 1);
    device.hub.intercept = () => false;
    device.peer.close();
    await device.clock.advance(1000);
    expect(await reading).toHaveProperty("reported");
  });

  it("a time-out or a signal ends it at whatever step it is, and leaves nothing behind", async () => {
    const steps: Record<string, (device: MemoryDevice) => Promise<void>> = {
      "before a connection": async (device) => {
        device.runtime.onDial = () => new Promise(() => {});
      },
      "before SUBACK": async (device) => {
        await device.connected();
        device.hub.intercept = ({ type }) => type === "subscribe";
      },
      "before the answer": async (device) => {
        await device.connected();
        device.hub.intercept = ({ type }) => type === "publish";
      },
    };
    for (const [step, prepare] of Object.entries(steps)) {
      for (const how of ["time-out", "signal"]) {
        const device = make();
        await prepare(device);
        const timers = device.clock.timers;
        const controller = new AbortController();
        const { signal } = controller;
        const reading = failure(device.client.getTwin(how === "signal" ? { signal } : { timeoutMs: 500 }));
        await device.rest();
        if (how === "signal") controller.abort(new RangeError("enough"));
        else await device.clock.advance(500);
        const error = await reading;
        if (how === "signal") expect(error).toEqual(new RangeError("enough"));
        else expect(error).toBeInstanceOf(OperationTimeoutError);
        expect(getEventListeners(signal, "abort"), step).toHaveLength(0);
        if (step === "before the answer") expect(device.clock.timers).toBe(timers);
      }
    }
  });

  it("given up before its subscription was confirmed is not asked of the hub afterwards", async () => {
    const device = await make().connected();
    let confirm: (() => void) | undefined;
    device.hub.intercept = (packet, peer) => {
      if (packet.type !== "subscribe") return false;
      confirm = () =>
        peer.send({ type: "suback", packetId: packet.packetId, granted: packet.filters.map(() => 0) });
      return true;
    };
    const controller = new AbortController();
    const patching = failure(
      device.client.patchTwinReportedProperties({ a: 1 }, { signal: controller.signal }),
    );
    await until(() => confirm !== undefined);
    controller.abort("enough");
    await patching;
    confirm?.();
    await device.rest();
    expect(requests(device.peer)).toEqual([]);
    // And nothing waits for its answer: a renewal does not have to.
    await device.client.disconnect();
  });

  it("pending at disconnect() or shutdown() is an OperationCancelledError, at whatever step, and connects no more", async () => {
    for (const muted of ["subscribe", "publish"] as const) {
      for (const end of ["disconnect", "shutdown"] as const) {
        const device = await make().connected();
        device.hub.intercept = ({ type }) => type === muted;
        const reading = failure(device.client.getTwin());
        await until(() => device.peer.all(muted).length === 1);
        await device.client[end]();
        const error = await reading;
        expect(error).toBeInstanceOf(OperationCancelledError);
        expect(error).toMatchObject({ code: "operation_cancelled" });
        await device.rest();
        expect(device.runtime.dialled).toHaveLength(1);
        expect(device.background).toEqual([]);
      }
    }
  });

  it("a refused subscription is a ProtocolError subscription_refused", async () => {
    const device = await make().connected();
    device.hub.intercept = (packet, peer) => {
      if (packet.type !== "subscribe") return false;
      peer.send({ type: "suback", packetId: packet.packetId, granted: [0x80] });
      return true;
    };
    expect(await failure(device.client.getTwin())).toMatchObject({
      name: "ProtocolError",
      code: "subscription_refused",
    });
  });
});

describe("patchTwinReportedProperties()", () => {
  it("sends the patch as JSON and resolves with the hub's answer", async () => {
    const device = make();
    const answered = await device.client.patchTwinReportedProperties({ a: 1, gone: null, inner: { b: [1] } });
    expect(answered).toEqual({ version: 2 });
    expect(device.hub.twin.reported).toEqual({ a: 1, inner: { b: [1] }, $version: 2 });
    expect(requests(device.peer)).toMatchObject([
      { topic: "$iothub/twin/PATCH/properties/reported/?$rid=1" },
    ]);
  });

  it("refused by the hub is a ServiceError", async () => {
    const device = await make().connected();
    answer(device, 413, "{}");
    expect(await failure(device.client.patchTwinReportedProperties({ a: 1 }))).toMatchObject({
      name: "ServiceError",
      statusCode: 413,
      message: "Patching the reported properties was answered with status 413",
    });
  });

  it("of something that is no object, or has no JSON form, is an ArgumentError before any network", async () => {
    const device = make();
    const circle: Record<string, unknown> = {};
    circle["self"] = circle;
    const patch = (value: unknown): Promise<unknown> =>
      failure(Reflect.apply(device.client.patchTwinReportedProperties, device.client, [value]));
    const values = [
      circle,
      { big: 5n },
      { t: Number.NaN },
      { list: [null] },
      { bytes: Uint8Array.of(1) },
      new Map(),
    ];
    for (const value of [null, undefined, [], "a", 5, Promise.resolve({}), ...values]) {
      const error = await patch(value);
      expect(error).toBeInstanceOf(ArgumentError);
      expect(error).toMatchObject({ code: "invalid_argument" });
    }
    expect(device.runtime.dialled).toEqual([]);
  });

  it("lost before the answer rejects with ConnectionDroppedError and is not sent again", async () => {
    const device = await make().connected();
    device.hub.intercept = ({ type }) => type === "publish";
    const patching = failure(device.client.patchTwinReportedProperties({ a: 1 }));
    await until(() => requests(device.peer).length === 1);
    device.peer.close();
    expect(await patching).toBeInstanceOf(ConnectionDroppedError);
    device.hub.intercept = () => false;
    await device.clock.advance(1000);
    await device.reconnected(2);
    await device.rest();
    expect(requests(device.peer)).toEqual([]);
    expect(device.hub.twin.reported).toEqual({ $version: 1 });
  });
});

describe("desired patches", () => {
  /** A device with a handler, and what the handler was given. */
  async function listening(options?: ClientOptions): Promise<{ device: MemoryDevice; patches: unknown[] }> {
    const device = make(options);
    const patches: unknown[] = [];
    device.hub.twin.desired = { a: 1, $version: 3 };
    device.client.onTwinDesiredPropertiesPatchReceived = (patch) => patches.push(patch);
    await device.client.connect();
    await until(() => patches.length === 1 || options?.ensureDesiredProperties === false);
    return { device, patches };
  }

  it("begin with the whole section, read after the hub has confirmed that it sends patches, and follow as they come", async () => {
    const { device, patches } = await listening();
    expect(device.peer.received.map(({ type }) => type)).toEqual(["connect", "subscribe", "publish"]);
    device.hub.patchDesired({ a: null, b: { c: 2 } });
    await until(() => patches.length === 2);
    expect(patches).toEqual([
      { a: 1, $version: 3 },
      { a: null, b: { c: 2 }, $version: 4 },
    ]);
  });

  it("missed while the device was away come as one patch after it is back", async () => {
    const { device, patches } = await listening();
    device.peer.close();
    device.hub.patchDesired({ a: null });
    device.hub.patchDesired({ b: 2 });
    await device.clock.advance(1000);
    await device.reconnected(2);
    await until(() => patches.length === 2);
    expect(patches[1]).toEqual({ a: null, b: 2, $version: 5 });
    expect(device.background).toHaveLength(1);
  });

  it("nothing comes after a reconnection when nothing has changed", async () => {
    const { device, patches } = await listening();
    device.peer.close();
    await device.clock.advance(1000);
    await device.reconnected(2);
    await until(() => requests(device.peer).length === 1);
    await device.rest();
    expect(patches).toHaveLength(1);
  });

  it("lost within a connection are noticed by the gap in the versions", async () => {
    const { device, patches } = await listening();
    device.hub.twin.desired = { a: 2, b: 1, $version: 4 };
    device.hub.patchDesired({ c: 1 });
    await until(() => patches.length === 2);
    expect(patches[1]).toEqual({ a: 2, b: 1, c: 1, $version: 5 });
  });

  it("ensureDesiredProperties false: come as the hub sends them, and the twin is never read", async () => {
    const { device, patches } = await listening({ ensureDesiredProperties: false });
    device.hub.patchDesired({ b: 1 });
    await until(() => patches.length === 1);
    expect(patches).toEqual([{ b: 1, $version: 4 }]);
    device.peer.close();
    await device.clock.advance(1000);
    await device.reconnected(2);
    await device.rest();
    expect(device.runtime.peers.flatMap(requests)).toEqual([]);
    expect(device.hub.filtersOf("d1")).toEqual(["$iothub/twin/PATCH/properties/desired/#"]);
  });

  it("take their version from the topic when the body has none, and come without one when neither has", async () => {
    const { device, patches } = await listening({ ensureDesiredProperties: false });
    device.peer.publish("$iothub/twin/PATCH/properties/desired/?$version=9", '{"a":1}');
    device.peer.publish("$iothub/twin/PATCH/properties/desired/", '{"b":1}');
    device.peer.publish("$iothub/twin/PATCH/properties/desired/?$version=9", '{"c":1,"$version":10}');
    await until(() => patches.length === 3);
    expect(patches).toEqual([{ a: 1, $version: 9 }, { b: 1 }, { c: 1, $version: 10 }]);
  });

  it("that are no JSON are a ProtocolError invalid_json in the background, and the connection lives on", async () => {
    const { device, patches } = await listening();
    for (const body of ["{", "[1]", "null", Uint8Array.of(0xff)]) {
      device.peer.publish("$iothub/twin/PATCH/properties/desired/?$version=4", body);
    }
    await until(() => device.background.length === 4);
    for (const error of device.background) {
      expect(error).toBeInstanceOf(ProtocolError);
      expect(error).toMatchObject({
        code: "invalid_json",
        message: expect.stringContaining("a desired patch"),
      });
    }
    device.hub.patchDesired({ b: 1 });
    await until(() => patches.length === 2);
    expect(device.runtime.peers).toHaveLength(1);
  });

  it("a handler that fails is a ClientError handler_failed in the background, and the next patch comes all the same", async () => {
    const device = make();
    const patches: unknown[] = [];
    device.client.onTwinDesiredPropertiesPatchReceived = (patch) => {
      patches.push(patch);
      throw new RangeError("no");
    };
    await device.client.connect();
    await until(() => device.background.length === 1);
    device.hub.patchDesired({ b: 1 });
    await until(() => device.background.length === 2);
    expect(device.background).toMatchObject([
      { name: "ClientError", code: "handler_failed", cause: new RangeError("no") },
      { name: "ClientError", code: "handler_failed" },
    ]);
    expect(patches).toHaveLength(2);
  });

  it("a read that fails is reported and retried, with growing delays", async () => {
    const device = make();
    const patches: unknown[] = [];
    answer(device, 500, "");
    device.client.onTwinDesiredPropertiesPatchReceived = (patch) => patches.push(patch);
    await device.client.connect();
    await until(() => device.background.length === 1);
    await device.pass(7250, 250);
    // After at most 1 s, 2 s and 4 s; the next one is due after 7.5 s at the earliest.
    expect(requests(device.peer)).toHaveLength(4);
    expect(device.background).toHaveLength(4);
    expect(device.background[3]).toBeInstanceOf(ServiceError);
    device.hub.intercept = () => false;
    await device.pass(8000, 500);
    expect(patches).toEqual([{ $version: 1 }]);
  });

  it("removing a handler ends the subscription; a new one receives what it missed", async () => {
    const { device, patches } = await listening();
    device.client.onTwinDesiredPropertiesPatchReceived = null;
    await until(() => device.peer.all("unsubscribe").length === 1);
    device.hub.patchDesired({ b: 1 });
    await device.rest();
    expect(patches).toHaveLength(1);
    device.client.onTwinDesiredPropertiesPatchReceived = (patch) => patches.push(patch);
    await until(() => patches.length === 2);
    expect(patches[1]).toEqual({ b: 1, $version: 4 });
  });

  it("come to a loop as well", async () => {
    const device = make();
    const loop = device.client.twinDesiredPropertiesPatches();
    expect(await loop.next()).toEqual({ value: { $version: 1 }, done: false });
    device.hub.patchDesired({ a: 1 });
    expect(await loop.next()).toEqual({ value: { a: 1, $version: 2 }, done: false });
    await loop.return();
    await until(() => device.peer.all("unsubscribe").length === 1);
  });
});
