import { describe, expect, it } from "vitest";
import { connect } from "../testing/device.ts";
import { TestBench } from "../testing/emulator.ts";
import { packets, RawClient } from "../testing/raw-client.ts";
import { vector } from "../testing/vectors.ts";

const bench = new TestBench();
const transports = ["tcp", "tls", "ws", "wss"] as const;

describe.each(transports)("telemetry over %s", (transport) => {
  it("arrives at QoS 0 and 1, with any content", async () => {
    const device = await bench.device({ transport });
    const topic = `devices/${device.id}/messages/events/`;
    const body = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    await device.client.publishAsync(topic, body, { qos: 1 });
    device.client.publish(`${topic}q=0`, "", { qos: 0 });
    await device.client.publishAsync(`${topic}%24.ct=application%2Fjson&%C3%A9=%F0%9F%98%80`, '{"a":1}', {
      qos: 1,
    });
    const messages = bench.hub.telemetry(device.id);
    expect(messages.map((message) => Buffer.from(message.body))).toEqual([
      body,
      Buffer.alloc(0),
      Buffer.from('{"a":1}'),
    ]);
    expect(messages.map(({ properties }) => properties)).toEqual([{}, { q: "0" }, { é: "😀" }]);
    expect(messages[2]?.systemProperties).toMatchObject({
      contentType: "application/json",
      connectionDeviceId: device.id,
    });
    await device.end();
  });

  it("of the maximum size is accepted; one byte more closes the connection without a PUBACK", async () => {
    const device = await bench.device({ transport });
    const topic = `devices/${device.id}/messages/events/`;
    await device.client.publishAsync(topic, Buffer.alloc(262_144), { qos: 1 });
    let acknowledged = false;
    device.client.publish(topic, Buffer.alloc(262_145), { qos: 1 }, (error) => {
      acknowledged = error === undefined || error === null;
    });
    await device.closed;
    expect(acknowledged).toBe(false);
    expect(await bench.event("deviceDisconnected", device.id)).toMatchObject({
      reason: "protocolError",
      detail: expect.stringContaining("256 KB"),
    });
    expect(bench.hub.telemetry(device.id)).toHaveLength(1);
  });
});

describe("telemetry", () => {
  it("keeps its order over thousands of messages", async () => {
    const device = await bench.device({ transport: "wss" });
    const topic = `devices/${device.id}/messages/events/`;
    await Promise.all(
      Array.from({ length: 3000 }, (_, at) =>
        device.client.publishAsync(topic, String(at), { qos: at % 3 === 0 ? 0 : 1 }),
      ),
    );
    const arrived = bench.hub.telemetry(device.id).map(({ body }) => Number(new TextDecoder().decode(body)));
    expect(arrived).toEqual(Array.from({ length: 3000 }, (_, at) => at));
    await device.end();
  });

  it("is never sent to other devices or back to the sender", async () => {
    const [sender, listener] = [await bench.device(), await bench.device()];
    for (const device of [sender, listener]) {
      await device.subscribe(`devices/${device.id}/messages/devicebound/#`);
      await device.subscribe("$iothub/twin/res/#");
    }
    await sender.client.publishAsync(`devices/${sender.id}/messages/events/`, "x", { qos: 1 });
    // After a round trip of the subscriber, anything sent before has arrived.
    await listener.twin("get");
    expect([sender.received, listener.received]).toEqual([[], []]);
    await sender.end();
    await listener.end();
  });

  it("is read from the topics of the official Node SDK", async () => {
    const device = await bench.device();
    const { topic } = vector("tele-05").expected as { topic: string };
    await device.client.publishAsync(topic.replace("devices/device1", `devices/${device.id}`), "x", {
      qos: 1,
    });
    expect(bench.hub.telemetry(device.id)[0]?.properties).toMatchObject({
      "temp unit": "°C & 'x'=50%+/?#~!*()",
    });
    await device.end();
  });

  it("keeps the DUP flag; RETAIN becomes a property, and nothing is retained", async () => {
    const device = await bench.device();
    const topic = `devices/${device.id}/messages/events/`;
    await device.client.publishAsync(topic, "x", { qos: 1, dup: true, retain: true });
    expect(bench.hub.telemetry(device.id)).toMatchObject([
      { dup: true, properties: { "mqtt-retain": "true" } },
    ]);
    await device.subscribe(`devices/${device.id}/messages/devicebound/#`);
    await device.subscribe("$iothub/twin/res/#");
    await device.twin("get");
    expect(device.received).toEqual([]);
    await device.end();
  });

  it("can be waited for, and read by device", async () => {
    const [one, two] = [await bench.device(), await bench.device()];
    const waiting = bench.hub.waitForTelemetry({ deviceId: one.id, count: 2 });
    const byTest = bench.hub.waitForTelemetry(({ properties }) => properties["pick"] === "me", {
      timeoutMs: 60_000,
    });
    await two.client.publishAsync(`devices/${two.id}/messages/events/pick=me`, "b", { qos: 1 });
    await one.client.publishAsync(`devices/${one.id}/messages/events/`, "a", { qos: 1 });
    await one.client.publishAsync(`devices/${one.id}/messages/events/`, "c", { qos: 1 });
    expect((await waiting).map(({ body }) => new TextDecoder().decode(body))).toEqual(["a", "c"]);
    expect(await byTest).toMatchObject([{ deviceId: two.id }]);
    await expect(
      bench.hub.waitForTelemetry({ deviceId: one.id, count: 3 }, { timeoutMs: 1 }),
    ).rejects.toThrow("2 of 3");
    await one.end();
    await two.end();
  });
});

describe("the connection closes", () => {
  it.each([
    ["QoS 2", "devices/{id}/messages/events/", 2, "QoS 2"],
    ["an unknown topic", "foo/bar", 1, "'foo/bar'"],
    ["another device's topic", "devices/other/messages/events/", 1, "devices/other"],
    ["another device's topic at QoS 0", "devices/other/messages/events/", 0, "devices/other"],
    ["a topic of the hub", "$iothub/methods/POST/x/?$rid=1", 0, "$iothub/methods/POST"],
    ["the devicebound topic", "devices/{id}/messages/devicebound/a=b", 1, "devicebound"],
  ] as const)("after a PUBLISH of %s", async (_what, topic, qos, detail) => {
    const device = await bench.device({ transport: "wss" });
    device.client.publish(topic.replace("{id}", device.id), "x", { qos });
    await device.closed;
    expect(await bench.event("deviceDisconnected", device.id)).toMatchObject({
      reason: "protocolError",
      detail: expect.stringContaining(detail),
    });
    expect(bench.hub.telemetry(device.id)).toEqual([]);
  });

  it("and ignores packets that follow", async () => {
    const id = await bench.newDevice();
    const client = await RawClient.device(bench.hub, id, "tcp");
    const topic = `devices/${id}/messages/events/`;
    client.send(
      packets.publish(topic, "before", 1),
      packets.publish("foo", "bad", 2),
      packets.publish(topic, "after", 3),
    );
    await client.closed;
    expect(bench.hub.telemetry(id).map(({ body }) => new TextDecoder().decode(body))).toEqual(["before"]);
    // Valid messages before it are still acknowledged.
    expect(client.received.map((packet) => packet[0])).toEqual([0x20, 0x40]);
  });
});

describe("a will", () => {
  const willOf = (id: string, changes: object = {}): object => ({
    will: {
      topic: `devices/${id}/messages/events/last=words`,
      payload: Buffer.from("gone"),
      qos: 1,
      retain: false,
      ...changes,
    },
  });

  it("becomes telemetry when the connection is lost", async () => {
    const id = await bench.newDevice();
    const device = await connect(bench.hub, id, { transport: "tls", ...willOf(id, { retain: true }) });
    device.client.stream.destroy();
    expect(await bench.hub.waitForTelemetry({ deviceId: id })).toMatchObject([
      { properties: { last: "words", "iothub-MessageType": "Will", "mqtt-retain": "true" } },
    ]);
  });

  it("becomes telemetry once when the hub closes the connection", async () => {
    const id = await bench.newDevice();
    const device = await connect(bench.hub, id, willOf(id));
    bench.hub.kick(id);
    await device.closed;
    await bench.event("deviceDisconnected", id);
    expect(bench.hub.telemetry(id)).toHaveLength(1);
  });

  it("is discarded after DISCONNECT", async () => {
    const id = await bench.newDevice();
    const device = await connect(bench.hub, id, { transport: "wss", ...willOf(id) });
    await device.end();
    expect(await bench.event("deviceDisconnected", id)).toMatchObject({ reason: "clientDisconnect" });
    expect(bench.hub.telemetry(id)).toEqual([]);
  });

  it("of QoS 2 closes the connection", async () => {
    const id = await bench.newDevice();
    await expect(connect(bench.hub, id, willOf(id, { qos: 2 }))).rejects.toThrow("-1");
    expect(await bench.event("connectionRefused", id)).toMatchObject({ reason: "badWill" });
  });

  it("to another topic is ignored, with a warning", async () => {
    const id = await bench.newDevice();
    const device = await connect(bench.hub, id, willOf(id, { topic: "last/will" }));
    expect(await bench.event("warning", id)).toMatchObject({
      about: "will",
      detail: expect.stringContaining("'last/will'"),
    });
    bench.hub.kick(id);
    await device.closed;
    await bench.event("deviceDisconnected", id);
    expect(bench.hub.telemetry(id)).toEqual([]);
  });
});

describe("writes to the client", () => {
  it("of one event-loop tick are one WebSocket frame", async () => {
    const id = await bench.newDevice();
    const client = await RawClient.device(bench.hub, id, "wss");
    const before = client.blocks.length;
    const topic = `devices/${id}/messages/events/`;
    client.send(...Array.from({ length: 100 }, (_, at) => packets.publish(topic, "x", at + 1)));
    await client.until((received) => received.length === 101);
    expect(client.blocks.length - before).toBeLessThanOrEqual(2);
    const acknowledged = client.received.slice(1).map((packet) => (packet[2] ?? 0) * 256 + (packet[3] ?? 0));
    expect(acknowledged).toEqual(Array.from({ length: 100 }, (_, at) => at + 1));
    client.end();
  });
});
