import type { IPublishPacket } from "mqtt";
import { describe, expect, it } from "vitest";
import { HubError } from "../hub/hub-error.ts";
import { connect, type TestDevice } from "../testing/device.ts";
import { TestBench } from "../testing/emulator.ts";
import { packets, RawClient } from "../testing/raw-client.ts";

const bench = new TestBench({ c2dMaxDeliveryCount: 2 });
const transports = ["tcp", "tls", "ws", "wss"] as const;

const c2d = (id: string): string => `devices/${id}/messages/devicebound/#`;
const res = "$iothub/twin/res/#";
const desired = "$iothub/twin/PATCH/properties/desired/#";
const methods = "$iothub/methods/POST/#";

/** Answers the next method call. */
async function answerMethod(device: TestDevice, status: number, payload: string): Promise<IPublishPacket> {
  const request = await device.next(({ topic }) => topic.startsWith("$iothub/methods/POST/"));
  const rid = request.topic.split("?$rid=")[1];
  device.client.publish(`$iothub/methods/res/${status}/?$rid=${rid}`, payload, { qos: 1 });
  return request;
}

describe("subscriptions", () => {
  it("are granted as requested, up to QoS 1, and refused without closing the connection", async () => {
    const device = await bench.device({ transport: "wss" });
    expect(await device.subscribe(res, 0)).toBe(0);
    expect(await device.subscribe(desired, 1)).toBe(1);
    expect(await device.subscribe(methods, 2)).toBe(1);
    for (const filter of ["foo", "#", `devices/${device.id}/#`, "devices/other/messages/devicebound/#"]) {
      expect(await device.subscribe(filter)).toBe(128);
    }
    expect(device.client.connected).toBe(true);
    expect(bench.hub.sessions().find(({ deviceId }) => deviceId === device.id)?.subscriptions).toEqual({
      twinResponses: 0,
      desired: 1,
      methods: 1,
    });
    await device.end();
  });

  it("are granted individually in one SUBACK", async () => {
    const id = await bench.newDevice();
    const client = await RawClient.device(bench.hub, id, "tls");
    client.send(packets.subscribe(7, [res, 2], ["nonsense", 1], [c2d(id), 0], [methods, 1]));
    await client.until((received) => received.length === 2);
    expect([...(client.received[1] ?? [])]).toEqual([0x90, 6, 0, 7, 1, 128, 0, 1]);
    client.end();
  });

  it("outlive the connection with CleanSession=0, and end with CleanSession=1", async () => {
    const id = await bench.newDevice();
    const first = await connect(bench.hub, id, { transport: "tls" });
    await first.subscribe(desired);
    await first.subscribe("foo/#");
    bench.hub.kick(id);
    await first.closed;
    const second = await connect(bench.hub, id, { transport: "wss" });
    expect((await second.connected).sessionPresent).toBe(true);
    await bench.hub.patchDesired(id, { a: 1 });
    expect((await second.next()).topic).toBe("$iothub/twin/PATCH/properties/desired/?$version=2");
    expect(bench.hub.sessions().find(({ deviceId }) => deviceId === id)?.subscriptions).toEqual({
      desired: 1,
    });
    await second.end();
    const clean = await connect(bench.hub, id, { clean: true });
    expect((await clean.connected).sessionPresent).toBe(false);
    await clean.end();
    const last = await connect(bench.hub, id);
    expect((await last.connected).sessionPresent).toBe(false);
    expect(bench.hub.sessions().find(({ deviceId }) => deviceId === id)?.subscriptions).toEqual({});
    await last.end();
  });

  it("end with UNSUBSCRIBE, in a clean session or not", async () => {
    for (const clean of [false, true]) {
      const device = await bench.device({ clean });
      await device.subscribe(desired);
      await device.subscribe(res);
      await device.client.unsubscribeAsync(desired);
      await bench.event("unsubscribed", device.id);
      await bench.hub.patchDesired(device.id, { a: 1 });
      await device.twin("get");
      expect(device.received).toEqual([]);
      await device.end();
    }
  });
});

describe.each(transports)("over %s", (transport) => {
  it("cloud-to-device messages arrive in order and are completed by their PUBACK", async () => {
    const device = await bench.device({ transport });
    await bench.hub.sendC2d(device.id, "early", { properties: { n: "1" } });
    await device.subscribe(c2d(device.id));
    await bench.hub.sendC2d(device.id, Uint8Array.of(0, 255), { messageId: "bytes", ack: "positive" });
    const [first, second] = [await device.next(), await device.next()];
    expect(first).toMatchObject({ qos: 1, dup: false, payload: Buffer.from("early") });
    expect(first.topic).toMatch(/&n=1$/);
    expect(second).toMatchObject({ payload: Buffer.from([0, 255]) });
    await expect.poll(() => bench.hub.c2dQueue(device.id)).toEqual([]);
    expect(bench.hub.feedback().filter(({ deviceId }) => deviceId === device.id)).toMatchObject([
      { originalMessageId: "bytes", statusCode: "Success" },
    ]);
    await device.end();
  });

  it("twins are read and reported, and desired properties arrive", async () => {
    const device = await bench.device({ transport });
    await device.subscribe(res, 0);
    await device.subscribe(desired, 0);
    expect(await device.twin("get")).toMatchObject({
      status: 200,
      body: { desired: { $version: 1 }, reported: { $version: 1 } },
    });
    const reported = await device.twin({ fan: { speed: 3 } });
    expect(reported).toMatchObject({ status: 204, body: undefined });
    expect(reported.topic).toMatch(/\?\$rid=[^&]+&\$version=2$/);
    const twin = await bench.hub.patchDesired(device.id, { fan: { speed: 4 }, old: null });
    expect(twin.properties.desired).toMatchObject({ fan: { speed: 4 }, $version: 2 });
    const patch = await device.next();
    expect(patch).toMatchObject({ qos: 0, topic: "$iothub/twin/PATCH/properties/desired/?$version=2" });
    expect(JSON.parse(patch.payload.toString())).toEqual({ fan: { speed: 4 }, old: null, $version: 2 });
    expect(await device.twin({ "no spaces": 1 })).toMatchObject({ status: 400, body: { errorCode: 400004 } });
    expect((await bench.hub.getTwin(device.id)).properties.reported).toMatchObject({
      fan: { speed: 3 },
      $version: 2,
    });
    await device.end();
  });

  it("methods are called and answered", async () => {
    const device = await bench.device({ transport });
    await device.subscribe(methods, 0);
    const answer = bench.hub.invokeMethod(device.id, "say it/loud", { volume: 11 });
    const request = await answerMethod(device, 202, '{"said":true}');
    expect(request).toMatchObject({ qos: 0, payload: Buffer.from('{"volume":11}') });
    expect(request.topic).toMatch(/^\$iothub\/methods\/POST\/say%20it%2Floud\/\?\$rid=/);
    expect(await answer).toEqual({ status: 202, payload: { said: true } });
    await device.end();
  });
});

describe("twin requests", () => {
  it("aren't answered before the device has subscribed to answers", async () => {
    const device = await bench.device();
    await device.client.publishAsync("$iothub/twin/GET/?$rid=early", " ", { qos: 1 });
    await device.subscribe(res);
    expect(await device.twin("get")).toMatchObject({ status: 200 });
    expect(device.received).toEqual([]);
    await device.end();
  });

  it("are answered if they follow the SUBSCRIBE in one write", async () => {
    const id = await bench.newDevice();
    const client = await RawClient.device(bench.hub, id, "wss");
    client.send(packets.subscribe(1, [res, 1]), packets.publish("$iothub/twin/GET/?$rid=1", " ", 2));
    await client.until((received) => received.length === 4);
    expect(
      client.received
        .slice(1)
        .map((packet) => (packet[0] ?? 0) >> 4)
        .sort(),
    ).toEqual([3, 4, 9]);
    client.end();
  });
});

describe("cloud-to-device messages", () => {
  it("that weren't acknowledged are redelivered on the next connection, with DUP and their packet id", async () => {
    const id = await bench.newDevice();
    const client = await RawClient.device(bench.hub, id, "tls");
    client.send(packets.subscribe(1, [c2d(id), 1]));
    await bench.event("subscribed", id);
    for (const body of ["1", "2", "3"]) await bench.hub.sendC2d(id, body);
    await client.until((received) => received.length === 5);
    const ids = client.received.slice(2).map(packetId);
    client.send(packets.puback(ids[0] ?? 0));
    await bench.event("c2dCompleted", id);
    client.end();
    const again = await connect(bench.hub, id, { transport: "wss" });
    for (const [body, messageId] of [
      ["2", ids[1]],
      ["3", ids[2]],
    ]) {
      expect(await again.next()).toMatchObject({
        payload: Buffer.from(String(body)),
        dup: true,
        qos: 1,
        messageId,
      });
    }
    await expect.poll(() => bench.hub.c2dQueue(id)).toEqual([]);
    await again.end();
  });

  it("are dead-lettered after too many deliveries", async () => {
    const id = await bench.newDevice();
    await bench.hub.sendC2d(id, "poison", { ack: "negative", messageId: "poison" });
    for (let round = 0; round < 2; round++) {
      const client = await RawClient.device(bench.hub, id, "tcp");
      if (round === 0) client.send(packets.subscribe(1, [c2d(id), 1]));
      await client.until((received) => received.some((packet) => (packet[0] ?? 0) >> 4 === 3));
      client.end();
      await client.closed;
      await expect.poll(() => bench.hub.c2dQueue(id).some(({ locked }) => locked)).toBe(false);
    }
    expect(bench.hub.feedback()).toContainEqual(
      expect.objectContaining({ originalMessageId: "poison", statusCode: "DeliveryCountExceeded" }),
    );
  });

  it("are completed only by PUBACKs in order", async () => {
    const id = await bench.newDevice();
    const client = await RawClient.device(bench.hub, id, "wss");
    client.send(packets.subscribe(1, [c2d(id), 1]));
    for (const body of ["1", "2"]) await bench.hub.sendC2d(id, body);
    await client.until((received) => received.length === 4);
    const ids = client.received.slice(2).map(packetId);
    client.send(packets.puback(ids[1] ?? 0));
    expect(await bench.event("c2dAckIgnored", id)).toMatchObject({ packetId: ids[1] });
    expect(bench.hub.c2dQueue(id)).toHaveLength(2);
    client.send(...ids.map((one) => packets.puback(one)));
    await expect.poll(() => bench.hub.c2dQueue(id)).toEqual([]);
    client.end();
  });

  it("are completed by a PUBACK that a DISCONNECT follows immediately", async () => {
    const id = await bench.newDevice();
    const client = await RawClient.device(bench.hub, id, "tls");
    client.send(packets.subscribe(1, [c2d(id), 1]));
    await bench.hub.sendC2d(id, "1");
    await client.until((received) => received.length === 3);
    client.send(packets.puback(packetId(client.received[2] ?? new Uint8Array())), packets.disconnect());
    await bench.event("c2dCompleted", id);
    expect(bench.hub.c2dQueue(id)).toEqual([]);
  });

  it("are delivered at QoS 0 if requested, in a clean session or not", async () => {
    for (const clean of [false, true]) {
      const device = await bench.device({ clean });
      await device.subscribe(c2d(device.id), 0);
      await bench.hub.sendC2d(device.id, "x");
      expect(await device.next()).toMatchObject({ qos: 0 });
      expect(bench.hub.c2dQueue(device.id)).toEqual([]);
      await device.end();
    }
  });

  it("can be acknowledged in a clean session", async () => {
    const device = await bench.device({ clean: true });
    await device.subscribe(c2d(device.id));
    await bench.hub.sendC2d(device.id, "x");
    expect(await device.next()).toMatchObject({ qos: 1 });
    await bench.event("c2dCompleted", device.id);
    await device.end();
  });
});

describe("methods", () => {
  it("fail with the errors of the real hub", async () => {
    const failure = (deviceId: string, options = {}): Promise<unknown> =>
      bench.hub.invokeMethod(deviceId, "m", null, options).catch((error: unknown) => error);
    const device = await bench.device();
    const offline = await failure(device.id);
    expect(offline).toBeInstanceOf(HubError);
    expect(offline).toMatchObject({
      name: "DeviceNotOnline",
      statusCode: 404,
      errorCode: 404103,
      trackingId: expect.stringMatching(/-G:\d+-TimeStamp:/),
    });
    expect(await failure("nobody")).toMatchObject({ name: "DeviceNotFound", errorCode: 404001 });
    await device.subscribe(methods);
    const dropped = failure(device.id);
    await device.next();
    bench.hub.kick(device.id);
    expect(await dropped).toMatchObject({ name: "DeviceConnectionClosedRemotely", errorCode: 404104 });
  });

  it("wait for a device that connects later", async () => {
    const id = await bench.newDevice();
    const answer = bench.hub.invokeMethod(id, "m", null, { connectTimeoutInSeconds: 10 });
    const device = await connect(bench.hub, id);
    await device.subscribe(methods);
    await answerMethod(device, 200, "");
    expect(await answer).toEqual({ status: 200, payload: null });
    await device.end();
  });

  it("run concurrently, on many devices", async () => {
    const devices = await Promise.all(Array.from({ length: 10 }, () => bench.device({ transport: "wss" })));
    for (const device of devices) {
      await device.subscribe(methods);
      device.client.on("message", (topic, payload) => {
        const rid = topic.split("?$rid=")[1];
        device.client.publish(
          `$iothub/methods/res/200/?$rid=${rid}`,
          JSON.stringify([device.id, JSON.parse(payload.toString())]),
        );
      });
    }
    const calls = devices.flatMap(({ id }) =>
      Array.from({ length: 20 }, async (_, n) => ({
        id,
        n,
        answer: await bench.hub.invokeMethod(id, "m", n),
      })),
    );
    for (const { id, n, answer } of await Promise.all(calls)) expect(answer.payload).toEqual([id, n]);
    await Promise.all(devices.map((device) => device.end()));
  });
});

function packetId(publish: Uint8Array): number {
  const topicAt = publish[1] !== undefined && publish[1] >= 0x80 ? 3 : 2;
  const at = topicAt + 2 + (publish[topicAt] ?? 0) * 256 + (publish[topicAt + 1] ?? 0);
  return (publish[at] ?? 0) * 256 + (publish[at + 1] ?? 0);
}
