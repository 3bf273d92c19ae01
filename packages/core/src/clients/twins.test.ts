// Twins with an MQTT engine and an in-memory hub: requests, responses, and desired patches across reconnects.
import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { memoryDevices } from "../../test/devices.ts";
import { failure } from "../../test/failure.ts";
import {
  ArgumentError,
  ConnectionDroppedError,
  OperationCancelledError,
  OperationTimeoutError,
  ProtocolError,
  ServiceError,
} from "../errors.ts";
import type { ClientOptions } from "../setup/client-options.ts";
import type { MemoryDevice } from "../testing/memory-device.ts";
import type { MemoryPeer } from "../testing/memory-peer.ts";
import type { PublishPacket } from "../testing/mqtt-packets.ts";
import { until } from "../testing/until.ts";
import { fromUtf8 } from "../util/text.ts";

const createDevice = memoryDevices();

const requestIdOf = ({ topic }: PublishPacket): string => /\$rid=([^&]*)/.exec(topic)?.[1] ?? "";

/** Answers twin requests with a status and a body, instead of the hub. */
function answer(device: MemoryDevice, status: number, body: string, tail = ""): void {
  device.hub.intercept = (packet, peer) => {
    if (packet.type !== "publish") return false;
    peer.publish(`$iothub/twin/res/${status}/?$rid=${requestIdOf(packet)}${tail}`, body);
    return true;
  };
}

/** Returns the twin requests that a peer received. */
const requests = (peer: MemoryPeer): PublishPacket[] =>
  peer.all("publish").filter(({ topic }) => topic.startsWith("$iothub/twin/"));

describe("getTwin()", () => {
  it("subscribes to responses, sends a request with a body of one space, and returns both sections", async () => {
    const device = createDevice();
    device.hub.twin = { desired: { a: 1, $version: 4 }, reported: { b: 2, $version: 5 } };
    expect(await device.client.getTwin()).toEqual(device.hub.twin);
    expect(device.peer.received.map(({ type }) => type)).toEqual(["connect", "subscribe", "publish"]);
    expect(requests(device.peer)).toMatchObject([{ topic: "$iothub/twin/GET/?$rid=1", qos: 0 }]);
    expect(fromUtf8(requests(device.peer)[0]?.payload ?? new Uint8Array())).toBe(" ");
  });

  it("matches concurrent requests to their responses in any order", async () => {
    const device = await createDevice().connected();
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

  it("rejects with ServiceError and the hub's answer on an error status", async () => {
    const device = await createDevice().connected();
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

  it("quotes the hub on one line, up to 300 characters, and waits an hour at most", async () => {
    const device = await createDevice().connected();
    const text = `busy\r\nforged: line\u001b[31m${"x".repeat(100_000)}`;
    answer(device, 429, JSON.stringify({ message: text, trackingId: text }), "&retry-after=31536000");
    const error = await failure(device.client.getTwin());
    expect(error).toMatchObject({
      retryAfterMs: 3_600_000,
      message: expect.stringMatching(
        /^Reading the twin was answered with status 429: busy forged: line \[31mx{200,300}…$/,
      ),
      trackingId: expect.stringMatching(/^busy forged: line \[31mx{200,300}…$/),
    });
  });

  it("reports the retry time of 429, and rejects on an error without a body", async () => {
    const device = await createDevice().connected();
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
    it(`rejects with ProtocolError ${code} if the response is ${JSON.stringify(body)}`, async () => {
      const device = await createDevice().connected();
      answer(device, 200, body);
      const error = await failure(device.client.getTwin());
      expect(error).toBeInstanceOf(ProtocolError);
      expect(error).toMatchObject({ code });
    });
  }

  it("rejects with ConnectionDroppedError if the connection is lost, and can be called again", async () => {
    const device = await createDevice().connected();
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

  it("ignores responses of an earlier connection", async () => {
    const device = await createDevice().connected();
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

  it("moves to the next connection if the first is lost before the request was sent", async () => {
    const device = await createDevice().connected();
    device.hub.intercept = ({ type }) => type === "subscribe";
    const reading = device.client.getTwin();
    await until(() => device.peer.all("subscribe").length === 1);
    device.hub.intercept = () => false;
    device.peer.close();
    await device.clock.advance(1000);
    expect(await reading).toHaveProperty("reported");
  });

  it("ends with its time-out or signal at any step, and leaves nothing behind", async () => {
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
        const device = createDevice();
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

  it("isn't sent to the hub if it was aborted before its subscription was confirmed", async () => {
    const device = await createDevice().connected();
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
    // Nothing waits for its response, so a renewal doesn't either.
    await device.client.disconnect();
  });

  it("rejects with OperationCancelledError on disconnect() or shutdown() at any step, without reconnecting", async () => {
    for (const muted of ["subscribe", "publish"] as const) {
      for (const end of ["disconnect", "shutdown"] as const) {
        const device = await createDevice().connected();
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

  it("rejects with ProtocolError subscription_refused if the subscription is refused", async () => {
    const device = await createDevice().connected();
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
  it("sends the patch as JSON, and resolves with the hub's response", async () => {
    const device = createDevice();
    const answered = await device.client.patchTwinReportedProperties({ a: 1, gone: null, inner: { b: [1] } });
    expect(answered).toEqual({ version: 2 });
    expect(device.hub.twin.reported).toEqual({ a: 1, inner: { b: [1] }, $version: 2 });
    expect(requests(device.peer)).toMatchObject([
      { topic: "$iothub/twin/PATCH/properties/reported/?$rid=1" },
    ]);
  });

  it("rejects with ServiceError if the hub refuses", async () => {
    const device = await createDevice().connected();
    answer(device, 413, "{}");
    expect(await failure(device.client.patchTwinReportedProperties({ a: 1 }))).toMatchObject({
      name: "ServiceError",
      statusCode: 413,
      message: "Patching the reported properties was answered with status 413",
    });
  });

  it("throws ArgumentError without connecting if the patch isn't an object, or has no JSON form", async () => {
    const device = createDevice();
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

  it("rejects with ConnectionDroppedError if the connection is lost, without sending again", async () => {
    const device = await createDevice().connected();
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
  /** Returns a device with a handler, and the handler's arguments. */
  async function listening(options?: ClientOptions): Promise<{ device: MemoryDevice; patches: unknown[] }> {
    const device = createDevice(options);
    const patches: unknown[] = [];
    device.hub.twin.desired = { a: 1, $version: 3 };
    device.client.onTwinDesiredPropertiesPatchReceived = (patch) => patches.push(patch);
    await device.client.connect();
    await until(() => patches.length === 1 || options?.ensureDesiredProperties === false);
    return { device, patches };
  }

  it("start with the whole section, read once the hub sends patches, and continue as they arrive", async () => {
    const { device, patches } = await listening();
    expect(device.peer.received.map(({ type }) => type)).toEqual(["connect", "subscribe", "publish"]);
    device.hub.patchDesired({ a: null, b: { c: 2 } });
    await until(() => patches.length === 2);
    expect(patches).toEqual([
      { a: 1, $version: 3 },
      { a: null, b: { c: 2 }, $version: 4 },
    ]);
  });

  it("that were missed while offline arrive as one patch after a reconnect", async () => {
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

  it("don't arrive after a reconnect if nothing has changed", async () => {
    const { device, patches } = await listening();
    device.peer.close();
    await device.clock.advance(1000);
    await device.reconnected(2);
    await until(() => requests(device.peer).length === 1);
    await device.rest();
    expect(patches).toHaveLength(1);
  });

  it("that are lost on a connection are detected by the gap in the versions", async () => {
    const { device, patches } = await listening();
    device.hub.twin.desired = { a: 2, b: 1, $version: 4 };
    device.hub.patchDesired({ c: 1 });
    await until(() => patches.length === 2);
    expect(patches[1]).toEqual({ a: 2, b: 1, c: 1, $version: 5 });
  });

  it("arrive as the hub sends them if ensureDesiredProperties is false, and the twin is never read", async () => {
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

  it("use the version of the topic if the body has none, and have none if neither has", async () => {
    const { device, patches } = await listening({ ensureDesiredProperties: false });
    device.peer.publish("$iothub/twin/PATCH/properties/desired/?$version=9", '{"a":1}');
    device.peer.publish("$iothub/twin/PATCH/properties/desired/", '{"b":1}');
    device.peer.publish("$iothub/twin/PATCH/properties/desired/?$version=9", '{"c":1,"$version":10}');
    await until(() => patches.length === 3);
    expect(patches).toEqual([{ a: 1, $version: 9 }, { b: 1 }, { c: 1, $version: 10 }]);
  });

  it("that aren't JSON are reported as ProtocolError invalid_json, and the connection continues", async () => {
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

  it("whose handler fails are reported as ClientError handler_failed, and the next patch arrives", async () => {
    const device = createDevice();
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

  it("whose twin can't be read are reported, and the read is retried with growing delays", async () => {
    const device = createDevice();
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

  it("are unsubscribed from when the handler is removed, and what was missed arrives once it is set again", async () => {
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

  it("can be iterated over", async () => {
    const device = createDevice();
    const loop = device.client.twinDesiredPropertiesPatches();
    expect(await loop.next()).toEqual({ value: { $version: 1 }, done: false });
    device.hub.patchDesired({ a: 1 });
    expect(await loop.next()).toEqual({ value: { a: 1, $version: 2 }, done: false });
    await loop.return();
    await until(() => device.peer.all("unsubscribe").length === 1);
  });
});
