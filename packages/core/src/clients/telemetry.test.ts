// Telemetry with an MQTT engine and an in-memory hub: acknowledgement, lost connections, time-outs.
import { getEventListeners } from "node:events";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { memoryDevices } from "../../test/devices.ts";
import { engineOfThisRun } from "../../test/engines.ts";
import { failure } from "../../test/failure.ts";
import { ConnectionFailedError, OperationCancelledError, OperationTimeoutError } from "../errors.ts";
import { Message } from "../messages/message.ts";
import { MemoryDevice } from "../testing/memory-device.ts";
import type { MemoryPeer } from "../testing/memory-peer.ts";
import { until } from "../testing/until.ts";
import { fromUtf8, utf8 } from "../util/text.ts";

const createDevice = memoryDevices();

/** Makes the hub drop telemetry without a PUBACK. */
function mute(device: MemoryDevice): void {
  device.hub.intercept = ({ type }) => type === "publish";
}

const texts = (packets: readonly { payload: Uint8Array }[]): string[] =>
  packets.map(({ payload }) => fromUtf8(payload));
const range = (count: number): string[] => Array.from({ length: count }, (_, at) => String(at));

describe("sendMessage()", () => {
  it("publishes at QoS 1, not retained, on the device's topic with the properties", async () => {
    const device = createDevice();
    await device.client.sendMessage(
      new Message({ temperature: 21.5 }, { messageId: "m/1", customProperties: { "temp unit": "°C" } }),
    );
    expect(device.hub.telemetry).toEqual([
      {
        type: "publish",
        topic:
          "devices/d1/messages/events/%24.mid=m%2F1&%24.ct=application%2Fjson&%24.ce=utf-8&temp%20unit=%C2%B0C",
        payload: utf8('{"temperature":21.5}'),
        qos: 1,
        dup: false,
        retain: false,
        packetId: 1,
      },
    ]);
  });

  it("accepts a string, bytes or any value as a message", async () => {
    const device = createDevice();
    await device.client.sendMessage("text");
    await device.client.sendMessage(Uint8Array.of(0, 255));
    await device.client.sendMessage([1, null]);
    expect(device.hub.telemetry.map(({ payload }) => [...payload])).toEqual([
      [...utf8("text")],
      [0, 255],
      [...utf8("[1,null]")],
    ]);
  });

  it("resolves with the PUBACK, not before", async () => {
    const device = await createDevice().connected();
    mute(device);
    let sent = false;
    const sending = device.client.sendMessage("x").then(() => {
      sent = true;
    });
    await until(() => device.peer.all("publish").length === 1);
    await device.rest();
    expect(sent).toBe(false);
    device.peer.send({ type: "puback", packetId: 1 });
    await sending;
  });

  it("rejects an invalid message without connecting, and leaves nothing behind", async () => {
    const device = createDevice();
    expect(await failure(device.client.sendMessage("x".repeat(262_145)))).toMatchObject({
      name: "ArgumentError",
      code: "message_too_large",
      message: expect.stringMatching(/at most 262144 bytes.*, got 262145$/),
    });
    const message = new Message("x", { customProperties: { half: "\ud800" } });
    expect(await failure(device.client.sendMessage(message))).toMatchObject({ code: "invalid_argument" });
    expect(await failure(Reflect.apply(device.client.sendMessage, device.client, [undefined]))).toMatchObject(
      {
        name: "ArgumentError",
        code: "invalid_argument",
      },
    );
    await device.rest();
    expect(device.runtime.dialled).toEqual([]);
    expect(device.clock.timers).toBe(0);
  });

  it("keeps the order of thousands of messages, before and after connecting", async () => {
    const device = createDevice();
    const sent = range(2500).map((text) => device.client.sendMessage(text));
    await device.client.connect();
    sent.push(...range(500).map((text) => device.client.sendMessage(text)));
    await Promise.all(sent);
    expect(texts(device.hub.telemetry)).toEqual([...range(2500), ...range(500)]);
  });

  it("waits while the connection is full, then continues", async () => {
    const device = await createDevice().connected();
    device.peer.fill();
    const first = device.client.sendMessage("0");
    await device.rest();
    const sent = [
      first,
      ...range(100)
        .slice(1)
        .map((text) => device.client.sendMessage(text)),
    ];
    await device.rest();
    expect(texts(device.hub.telemetry)).toEqual(["0"]);
    device.peer.drain();
    await Promise.all(sent);
    expect(texts(device.hub.telemetry)).toEqual(range(100));
  });
});

describe("a connection lost with messages in flight", () => {
  it("sends them again on the next one, with DUP and the same packet ids [MQTT-4.4.0-1]", async () => {
    const device = await createDevice().connected();
    mute(device);
    const sent = Promise.all([device.client.sendMessage("a"), device.client.sendMessage("b")]);
    await until(() => device.peer.all("publish").length === 2);
    device.peer.close();
    device.hub.intercept = () => false;
    await device.clock.advance(1000);
    await sent;
    expect(device.runtime.peers).toHaveLength(2);
    expect(device.peer.all("publish")).toMatchObject([
      { packetId: 1, dup: true, payload: utf8("a") },
      { packetId: 2, dup: true, payload: utf8("b") },
    ]);
  });

  it("sends 300 of them again in parallel, before the hub has acknowledged one", async () => {
    const device = await createDevice().connected();
    mute(device);
    const sent = range(300).map((text) => device.client.sendMessage(text));
    await until(() => device.peer.all("publish").length === 300);
    device.peer.close();
    await device.clock.advance(1000);
    await device.reconnected(2);
    await until(() => device.peer.all("publish").length === 300);
    expect(device.peer.all("publish").every(({ dup }) => dup)).toBe(true);
    expect(texts(device.peer.all("publish"))).toEqual(range(300));
    for (const { packetId } of device.peer.all("publish")) device.peer.send({ type: "puback", packetId });
    await Promise.all(sent);
  });

  it("subscribes again before it sends, unless the session is present", async () => {
    for (const kept of [true, false]) {
      const device = createDevice();
      device.client.handleMethod("m", () => ({}));
      await device.client.connect();
      const filters = [...device.hub.filtersOf("d1")];
      mute(device);
      const sent = device.client.sendMessage("x");
      await until(() => device.peer.all("publish").length === 1);
      device.peer.close();
      if (!kept) device.hub.forgetSessions();
      device.hub.intercept = () => false;
      await device.clock.advance(1000);
      await sent;
      expect(device.peer.received.map(({ type }) => type)).toEqual(
        kept ? ["connect", "publish"] : ["connect", "subscribe", "publish"],
      );
      expect(device.hub.filtersOf("d1")).toEqual(filters);
    }
  });

  it("sends a message that was queued meanwhile without DUP, because the hub doesn't know it", async () => {
    const device = await createDevice().connected();
    device.peer.close();
    const sent = device.client.sendMessage("x");
    await device.clock.advance(1000);
    await sent;
    expect(device.peer.all("publish")).toMatchObject([{ dup: false }]);
  });

  it("ignores late acknowledgements on the old connection", async () => {
    const device = await createDevice().connected();
    mute(device);
    let sent = false;
    const sending = device.client.sendMessage("x").then(() => {
      sent = true;
    });
    await until(() => device.peer.all("publish").length === 1);
    const old = device.peer;
    old.close();
    old.send({ type: "puback", packetId: 1 });
    await device.clock.advance(1000);
    await device.reconnected(2);
    await device.rest();
    expect(sent).toBe(false);
    device.peer.send({ type: "puback", packetId: 1 });
    await sending;
  });

  it("repeatedly at random moments: every message settles, and the hub has every acknowledged one", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat({ max: 40 }), { minLength: 1, maxLength: 6 }),
        fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
        fc.integer({ min: 1, max: 200 }),
        async (cuts, acknowledged, count) => {
          // With its own retry policy: otherwise such short connections look like a take-over.
          const device = new MemoryDevice(engineOfThisRun(), { retryPolicy: () => 1000 });
          const cutAt = new Map<MemoryPeer, number>();
          const arrived = new Set<string>();
          // A connection is cut after this many messages, before or after the PUBACK of the last one.
          device.hub.intercept = (packet, peer) => {
            if (packet.type !== "publish") return false;
            arrived.add(fromUtf8(packet.payload));
            const left = cutAt.get(peer) ?? cuts[cutAt.size] ?? Number.POSITIVE_INFINITY;
            cutAt.set(peer, left - 1);
            if (left > 0) return false;
            if (acknowledged[cutAt.size] === true) peer.send({ type: "puback", packetId: packet.packetId });
            peer.close();
            return true;
          };
          await device.client.connect();
          const outcomes = range(count).map((text) => device.client.sendMessage(text).then(() => text));
          let settled = false;
          const all = Promise.all(outcomes).finally(() => {
            settled = true;
          });
          for (let second = 0; second < 20 && !settled; second++) await device.pass(1000);
          expect(await all).toEqual(range(count));
          expect(arrived.size).toBe(count);
          await device.end();
        },
      ),
      { numRuns: 20 },
    );
  });
});

describe("time-outs and cancellation", () => {
  it("reject an unacknowledged message with OperationTimeoutError, and leave nothing behind", async () => {
    const device = await createDevice().connected();
    const timers = device.clock.timers;
    mute(device);
    const sending = failure(device.client.sendMessage("x", { timeoutMs: 500 }));
    await until(() => device.peer.all("publish").length === 1);
    await device.clock.advance(500);
    const error = await sending;
    expect(error).toBeInstanceOf(OperationTimeoutError);
    expect(error).toMatchObject({
      message: "Sending a message did not finish within 500 ms: the message was sent but not acknowledged",
    });
    expect(error).not.toHaveProperty("cause");
    expect(device.clock.timers).toBe(timers);
    device.peer.close();
    await device.clock.advance(1000);
    await device.reconnected(2);
    await device.rest();
    expect(device.peer.all("publish")).toEqual([]);
  });

  it("while the hub is away, have the last connection failure as their cause, and its remediation", async () => {
    const device = await createDevice().connected();
    mute(device);
    const sent = failure(device.client.sendMessage("x", { timeoutMs: 5000 }));
    await until(() => device.peer.all("publish").length === 1);
    const reason = new ConnectionFailedError("connect_failed", "Refused", { remediation: "Start the hub" });
    device.runtime.onDial = () => Promise.reject(reason);
    device.peer.close(new Error("read ECONNRESET"));
    await until(() => device.client.state.status === "waiting");
    await device.clock.advance(1000);
    await until(() => device.client.state.reason === reason);
    const calls = [
      sent,
      failure(device.client.sendMessage("y", { timeoutMs: 1000 })),
      failure(device.client.getTwin({ timeoutMs: 1000 })),
    ];
    await device.pass(4000);
    expect(await Promise.all(calls)).toMatchObject(
      [
        "Sending a message did not finish within 5000 ms: the message was sent but not acknowledged",
        "Sending a message did not finish within 1000 ms: the message was not sent",
        "Reading the twin did not finish within 1000 ms: the request was not sent",
      ].map((message) => ({
        code: "operation_timeout",
        message,
        cause: reason,
        remediation: "Start the hub",
      })),
    );
  });

  it("use operationTimeoutMs for messages without their own time limit", async () => {
    const device = createDevice({ operationTimeoutMs: 700 });
    device.runtime.onDial = () => new Promise(() => {});
    const sending = failure(device.client.sendMessage("x"));
    await device.clock.advance(700);
    expect(await sending).toMatchObject({
      code: "operation_timeout",
      message: expect.stringContaining("700 ms"),
    });
  });

  it("abort a message with its signal, in flight or waiting, and remove the listener in any case", async () => {
    const device = await createDevice().connected();
    const controller = new AbortController();
    const { signal } = controller;
    await device.client.sendMessage("acknowledged", { signal });
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
    mute(device);
    const inFlight = failure(device.client.sendMessage("in flight", { signal }));
    await until(() => device.peer.all("publish").length === 2);
    device.peer.close();
    const waiting = failure(device.client.sendMessage("waiting", { signal }));
    controller.abort(new RangeError("enough"));
    expect(await inFlight).toEqual(new RangeError("enough"));
    expect(await waiting).toEqual(new RangeError("enough"));
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
    expect(await failure(device.client.sendMessage("too late", { signal }))).toEqual(
      new RangeError("enough"),
    );
    device.hub.intercept = () => false;
    await device.clock.advance(1000);
    await device.reconnected(2);
    await device.rest();
    expect(texts(device.hub.telemetry)).toEqual(["acknowledged"]);
  });

  it("reject unacknowledged messages with OperationCancelledError on disconnect(), and never send them", async () => {
    const device = await createDevice().connected();
    mute(device);
    const sending = [failure(device.client.sendMessage("a")), failure(device.client.sendMessage("b"))];
    await until(() => device.peer.all("publish").length === 2);
    await device.client.disconnect();
    for (const error of await Promise.all(sending)) {
      expect(error).toBeInstanceOf(OperationCancelledError);
      expect(error).toMatchObject({ code: "operation_cancelled" });
    }
    expect(device.clock.timers).toBe(0);
    device.hub.intercept = () => false;
    await device.client.sendMessage("c");
    expect(texts(device.hub.telemetry)).toEqual(["c"]);
  });

  it("don't hide a failed connection behind an aborted message", async () => {
    const device = createDevice();
    const controller = new AbortController();
    device.runtime.onDial = () => Promise.resolve().then(() => Promise.reject(new Error("no route")));
    const sending = failure(device.client.sendMessage("x", { signal: controller.signal }));
    controller.abort("enough");
    await sending;
    await until(() => device.background.length > 0);
    expect(device.background).toMatchObject([{ code: "connect_failed" }]);
  });
});
