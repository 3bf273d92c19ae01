import { connect as connectTcp } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { connect, deviceToken, dial, userNameOf } from "../testing/device.ts";
import { TestBench } from "../testing/emulator.ts";
import { packets, RawClient } from "../testing/raw-client.ts";
import type { Faults } from "./faults.ts";

const bench = new TestBench();
const transports = ["tcp", "tls", "ws", "wss"] as const;
const res = "$iothub/twin/res/#";

afterEach(() => bench.hub.faults.clear());

function events(id: string): string {
  return `devices/${id}/messages/events/`;
}

function bodies(id: string): string[] {
  return bench.hub.telemetry(id).map(({ body }) => new TextDecoder().decode(body));
}

/** Returns the types of the packets that a client has received. */
function types(client: RawClient): number[] {
  return client.received.map((packet) => (packet[0] ?? 0) >> 4);
}

describe("telemetry beyond the quota", () => {
  it.each(transports)(
    "closes the connection over %s and isn't stored, until it is used up",
    async (transport) => {
      const id = await bench.newDevice();
      bench.hub.faults.exceedQuota({ deviceId: id, times: 2 });
      for (const body of ["1", "2"]) {
        const client = await RawClient.device(bench.hub, id, transport);
        client.send(packets.publish(events(id), body, 1));
        await client.closed;
        expect(types(client)).not.toContain(4);
      }
      const client = await RawClient.device(bench.hub, id, transport);
      client.send(packets.publish(events(id), "3", 1));
      await expect.poll(() => bodies(id)).toEqual(["3"]);
      expect(bench.hub.faults.rules(id)).toEqual([]);
      client.end();
    },
  );

  it("is refused for every device until the faults are cleared, and twins work", async () => {
    bench.hub.faults.exceedQuota();
    for (const id of [await bench.newDevice(), await bench.newDevice()]) {
      const device = await connect(bench.hub, id);
      await device.subscribe(res);
      expect(await device.twin("get")).toMatchObject({ status: 200 });
      device.client.publish(events(id), "x", { qos: 1 });
      await device.closed;
      expect(bodies(id)).toEqual([]);
      await device.end(true);
    }
    expect(bench.hub.faults.rules()).toEqual([{ fault: "exceedQuota" }]);
  });
});

describe("CONNECT", () => {
  it.each([1, 2, 3, 4, 5] as const)("is refused with code %i the given number of times", async (code) => {
    const id = await bench.newDevice();
    bench.hub.faults.refuseConnects(code, { times: 2 });
    for (const expected of [code, code, 0]) {
      const device = await dial(bench.hub, id, { transport: "wss" });
      expect((await device.connected).returnCode).toBe(expected);
      await device.end(true);
    }
    expect(await bench.event("connectionRefused", id)).toMatchObject({ reason: "fault", returnCode: code });
    expect(bench.hub.faults.rules()).toEqual([]);
  });

  it("can be refused for one device only", async () => {
    const [one, other] = [await bench.newDevice(), await bench.newDevice()];
    bench.hub.faults.refuseConnects(3, { deviceId: one });
    const device = await connect(bench.hub, other);
    expect(bench.hub.faults.rules()).toHaveLength(1);
    expect((await (await dial(bench.hub, one)).connected).returnCode).toBe(3);
    await device.end();
  });

  it("can stay unanswered on an open connection", async () => {
    const id = await bench.newDevice();
    bench.hub.faults.withholdConnack({ deviceId: id });
    const silent = await RawClient.open(bench.hub, "tls");
    silent.send(
      packets.connect(id, userNameOf(bench.hub, id), await deviceToken(bench.hub, id)),
      packets.pingreq(),
    );
    await expect.poll(() => bench.hub.faults.rules(id)).toEqual([]);
    const device = await connect(bench.hub, id);
    expect(silent.blocks).toEqual([]);
    expect(bench.hub.sessions().filter(({ deviceId }) => deviceId === id)).toHaveLength(1);
    silent.end();
    await device.end();
  });
});

describe("answers", () => {
  it("can be withheld: PUBACK, until unmuted or a number of times", async () => {
    const id = await bench.newDevice();
    const client = await RawClient.device(bench.hub, id, "wss");
    bench.hub.faults.mute("puback", id, { times: 2 });
    client.send(...[1, 2, 3].map((n) => packets.publish(events(id), String(n), n)));
    await client.until((received) => received.length === 2);
    expect([...(client.received[1] ?? [])]).toEqual([0x40, 2, 0, 3]);
    expect(bodies(id)).toEqual(["1", "2", "3"]);
    bench.hub.faults.mute("puback", id);
    client.send(packets.publish(events(id), "4", 4), packets.pingreq());
    await client.until((received) => received.length === 3);
    expect(types(client).at(-1)).toBe(13);
    bench.hub.faults.unmute("puback", id);
    client.send(packets.publish(events(id), "5", 5));
    await client.until((received) => received.length === 4);
    expect([...(client.received[3] ?? [])]).toEqual([0x40, 2, 0, 5]);
    client.end();
  });

  it("can be withheld: SUBACK and PINGRESP", async () => {
    const id = await bench.newDevice();
    const client = await RawClient.device(bench.hub, id, "tcp");
    bench.hub.faults.mute("suback", id);
    bench.hub.faults.mute("pingresp", id);
    client.send(packets.subscribe(1, [res, 1]), packets.pingreq(), packets.publish(events(id), "x", 2));
    await client.until((received) => received.length === 2);
    expect(types(client)).toEqual([2, 4]);
    // The subscription is in place, only its answer is missing.
    expect(bench.hub.sessions().find(({ deviceId }) => deviceId === id)?.subscriptions).toEqual({
      twinResponses: 1,
    });
    client.end();
  });

  it("can be withheld: twin, for one device only", async () => {
    const [one, other] = [await bench.device(), await bench.device()];
    for (const device of [one, other]) await device.subscribe(res);
    bench.hub.faults.mute("twin", one.id, { times: 1 });
    one.client.publish("$iothub/twin/GET/?$rid=lost", " ");
    expect(await other.twin("get")).toMatchObject({ status: 200 });
    expect(await one.twin("get")).toMatchObject({ status: 200 });
    expect(one.received).toEqual([]);
    await one.end();
    await other.end();
  });

  it("can be delayed: PUBACK", async () => {
    const device = await bench.device({ transport: "wss" });
    bench.hub.faults.delayPuback(device.id, 150);
    const started = performance.now();
    await Promise.all(
      [1, 2, 3].map((n) => device.client.publishAsync(events(device.id), String(n), { qos: 1 })),
    );
    expect(performance.now() - started).toBeGreaterThan(140);
    bench.hub.faults.delayPuback(device.id, 0);
    expect(bench.hub.faults.rules()).toEqual([]);
    await device.client.publishAsync(events(device.id), "4", { qos: 1 });
    await device.end();
  });

  it("can be errors: twin requests, with a retry-after, a number of times", async () => {
    const device = await bench.device();
    await device.subscribe(res);
    bench.hub.faults.failTwin(device.id, { status: 429, retryAfterSeconds: 3, times: 2, operation: "patch" });
    expect(await device.twin("get")).toMatchObject({ status: 200 });
    for (let round = 0; round < 2; round++) {
      const answer = await device.twin({ a: 1 });
      expect(answer).toMatchObject({ status: 429, body: { errorCode: 429001 } });
      expect(answer.topic).toMatch(/&retry-after=3$/);
    }
    expect(await device.twin({ a: 1 })).toMatchObject({ status: 204 });
    await device.end();
  });
});

describe.each(transports)("a connection over %s", (transport) => {
  it.each(["fin", "rst"] as const)("is cut immediately, with %s", async (how) => {
    const id = await bench.newDevice();
    const client = await RawClient.device(bench.hub, id, transport);
    expect(bench.hub.faults.drop(id, { how })).toBe(true);
    const code = await client.closed;
    // The WebSocket library doesn't report the code.
    expect(code).toBe(how === "rst" && !transport.startsWith("ws") ? "ECONNRESET" : undefined);
    expect(await bench.event("deviceDisconnected", id)).toMatchObject({ reason: "fault" });
    expect(bench.hub.faults.drop(id)).toBe(false);
  });

  it("is cut after a number of PUBLISH packets, the last of which is stored but not acknowledged", async () => {
    const id = await bench.newDevice();
    const client = await RawClient.device(bench.hub, id, transport);
    bench.hub.faults.drop(id, { how: "fin", afterPublishes: 3 });
    client.send(packets.publish(events(id), "1", 1));
    await client.until((received) => received.length === 2);
    client.send(...[2, 3, 4, 5].map((n) => packets.publish(events(id), String(n), n)));
    await client.closed;
    expect(bodies(id)).toEqual(["1", "2", "3"]);
    expect(client.received.flatMap((packet) => ((packet[0] ?? 0) === 0x40 ? [packet[3]] : []))).not.toContain(
      3,
    );
    expect(bench.hub.faults.rules()).toEqual([]);
  });

  it("is cut after a number of bytes; complete packets among them are processed", async () => {
    const id = await bench.newDevice();
    const client = await RawClient.device(bench.hub, id, transport);
    const all = [1, 2, 3].map((n) => packets.publish(events(id), String(n), n));
    const [first, second] = all;
    bench.hub.faults.drop(id, { how: "fin", afterBytes: (first?.length ?? 0) + (second?.length ?? 0) + 5 });
    client.send(...all);
    await client.closed;
    expect(bodies(id)).toEqual(["1", "2"]);
    expect(bench.hub.faults.rules()).toEqual([]);
    // The next connection isn't cut.
    const next = await RawClient.device(bench.hub, id, transport);
    next.send(...all);
    await next.until((received) => received.length === 4);
    next.end();
  });

  it("stops responding but stays open", async () => {
    const id = await bench.newDevice();
    const client = await RawClient.device(bench.hub, id, transport);
    expect(bench.hub.faults.blackHole(id)).toBe(true);
    client.send(packets.publish(events(id), "lost", 1), packets.pingreq());
    await bench.hub.patchDesired(id, { a: 1 });
    // After another device's round trip, everything sent before it has arrived.
    const other = await bench.device({ transport });
    await other.client.publishAsync(events(other.id), "x", { qos: 1 });
    expect(client.received).toHaveLength(1);
    expect(bodies(id)).toEqual([]);
    let closed = false;
    client.closed.then(() => {
      closed = true;
    });
    // A new connection takes over, and the old one still isn't closed.
    const again = await connect(bench.hub, id, { transport });
    await again.client.publishAsync(events(id), "alive", { qos: 1 });
    expect(closed).toBe(false);
    expect(bodies(id)).toEqual(["alive"]);
    client.end();
    await again.end();
    await other.end();
    expect(bench.hub.faults.blackHole(id)).toBe(false);
  });
});

describe("more faults", () => {
  it("any PUBLISH reaches the device unchanged", async () => {
    const device = await bench.device();
    expect(bench.hub.faults.publishRaw(device.id, "$iothub/methods/POST/m/?$rid=1", "{oops")).toBe(true);
    expect(bench.hub.faults.publishRaw(device.id, "any/topic", Uint8Array.of(0xff))).toBe(true);
    expect(await device.next()).toMatchObject({
      topic: "$iothub/methods/POST/m/?$rid=1",
      payload: Buffer.from("{oops"),
      qos: 0,
    });
    expect(await device.next()).toMatchObject({ payload: Buffer.from([0xff]) });
    await device.end();
    await bench.event("deviceDisconnected", device.id);
    expect(bench.hub.faults.publishRaw(device.id, "x", "x")).toBe(false);
  });

  it("a skewed clock expires tokens and rejects new ones until it is reset", async () => {
    const device = await bench.device({ ttl: 60 });
    bench.hub.faults.skewClock(59);
    expect(device.client.connected).toBe(true);
    bench.hub.faults.skewClock(3600);
    await device.closed;
    expect(await bench.event("deviceDisconnected", device.id)).toMatchObject({ reason: "tokenExpired" });
    expect((await (await dial(bench.hub, device.id, { ttl: 60 })).connected).returnCode).toBe(5);
    bench.hub.faults.skewClock(-3600);
    await (await connect(bench.hub, device.id, { ttl: 60 })).end();
    await bench.hub.faults.clear();
    await (await connect(bench.hub, device.id, { ttl: 60 })).end();
  });

  it("a hub that is down rejects devices on every port, keeps its control API, and comes back on the same ports", async () => {
    const devices = [];
    for (const transport of transports) devices.push(await bench.device({ transport }));
    const { port, plainPort, controlUrl } = bench.hub.endpoints;
    await bench.hub.faults.stopListening();
    await bench.hub.faults.stopListening();
    for (const device of devices) await device.closed;
    const id = await bench.newDevice();
    for (const transport of transports) {
      expect((await (await dial(bench.hub, id, { transport })).connected).returnCode).toBe(-1);
    }
    const code = await new Promise((resolve) =>
      connectTcp(port, "127.0.0.1").once("error", (error: NodeJS.ErrnoException) => resolve(error.code)),
    );
    expect(code).toBe("ECONNREFUSED");
    expect((await fetch(`${controlUrl}/sessions`)).status).toBe(200);
    await bench.hub.faults.listenAgain();
    await bench.hub.faults.listenAgain();
    expect([bench.hub.endpoints.port, bench.hub.endpoints.plainPort]).toEqual([port, plainPort]);
    for (const transport of transports) await (await connect(bench.hub, id, { transport })).end();
  });

  it.each<[string, (faults: Faults) => unknown]>([
    ["returnCode must be an integer from 1 to 5, got 6.", (faults) => faults.refuseConnects(6 as 5)],
    ["times must be an integer from 1 to 1000000, got 0.", (faults) => faults.withholdConnack({ times: 0 })],
    [
      "answer must be one of puback, suback, pingresp, twin, got 'all'.",
      (faults) => faults.mute("all" as "twin", "d"),
    ],
    ["deviceId must be a string, got undefined.", (faults) => faults.unmute("twin", undefined as never)],
    ["ms must be an integer from 0 to 1000000, got 1.5.", (faults) => faults.delayPuback("d", 1.5)],
    [
      "status must be an integer from 300 to 599, got 200.",
      (faults) => faults.failTwin("d", { status: 200 }),
    ],
    [
      "fail.errorCode must be an integer from 400000 to 599999, got 1.",
      (faults) => faults.provisioning({ fail: { errorCode: 1, message: "" } }),
    ],
    [
      "'after' isn't a field; the fields are deviceId, how, afterPublishes, afterBytes.",
      (faults) => faults.drop("d", { after: 1 } as object),
    ],
    ["payload must be a string or a Uint8Array, got 1.", (faults) => faults.publishRaw("d", "t", 1 as never)],
    [
      "seconds must be an integer from -1000000000 to 1000000000, got NaN.",
      (faults) => faults.skewClock(Number.NaN),
    ],
  ])("invalid arguments are rejected: %s", (message, inject) => {
    expect(() => inject(bench.hub.faults)).toThrow(
      expect.objectContaining({ name: "ArgumentInvalid", message }),
    );
    expect(bench.hub.faults.rules()).toEqual([]);
  });

  it("clear ends all faults, or those of one device", async () => {
    const [one, other] = [await bench.newDevice(), await bench.newDevice()];
    const { faults } = bench.hub;
    for (const id of [one, other]) {
      faults.refuseConnects(5, { deviceId: id, times: 9 });
      faults.withholdConnack({ deviceId: id });
      faults.mute("twin", id);
      faults.delayPuback(id, 1000);
      faults.failTwin(id, { status: 500 });
      faults.drop(id, { afterPublishes: 1 });
    }
    expect(faults.rules(one)).toEqual([
      { fault: "refuseConnects", deviceId: one, returnCode: 5, times: 9 },
      { fault: "withholdConnack", deviceId: one, times: 1 },
      { fault: "mute", deviceId: one, answer: "twin" },
      { fault: "delayPuback", deviceId: one, ms: 1000 },
      { fault: "failTwin", deviceId: one, status: 500, times: 1 },
      { fault: "drop", deviceId: one, how: "rst", afterPublishes: 1 },
    ]);
    await faults.clear(one);
    expect(faults.rules(one)).toEqual([]);
    expect(faults.rules(other)).toHaveLength(6);
    const device = await connect(bench.hub, one);
    await device.client.publishAsync(events(one), "x", { qos: 1 });
    await device.end();
    await faults.clear();
    expect(faults.rules()).toEqual([]);
  });
});
