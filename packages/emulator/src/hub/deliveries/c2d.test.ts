import { decodePropertyBag } from "@isohub/core/internal";
import { describe, expect, it } from "vitest";
import { type FakeConnection, type TestHub, testHub } from "../../testing/hub.ts";
import type { Session } from "../sessions/session.ts";

const filter = "devices/d1/messages/devicebound/#";
const acked = { ack: "full" } as const;

async function receiver(
  hub: TestHub,
  qos: 0 | 1 = 1,
): Promise<{ session: Session; connection: FakeConnection }> {
  const device = await hub.device("d1");
  hub.listen(device.session, filter, qos);
  return device;
}

function texts(connection: FakeConnection): string[] {
  return connection.take().map(({ text }) => text);
}

function send(hub: TestHub, ...bodies: string[]): void {
  for (const body of bodies) hub.c2d.send("d1", body, { ...acked, messageId: `id-${body}` });
}

function outcomes(hub: TestHub): string[] {
  return hub.c2d.feedback().map(({ originalMessageId, statusCode }) => `${originalMessageId} ${statusCode}`);
}

describe("cloud-to-device messages", () => {
  it("reach their device at QoS 1 with all their properties in the topic", async () => {
    const hub = testHub();
    const { connection } = await receiver(hub);
    hub.c2d.send("d1", "hi", {
      messageId: "m/1",
      correlationId: "c&1",
      userId: "u 1",
      expiryTimeUtc: "2026-01-01T01:00:00.000Z",
      contentType: "text/plain",
      contentEncoding: "utf-8",
      ack: "full",
      properties: { a: "b%" },
    });
    const [sent] = connection.take();
    expect(sent).toMatchObject({ text: "hi", qos: 1, dup: false, messageId: expect.any(Number) });
    const [root, bag = ""] = (sent?.topic ?? "").split("/devicebound/");
    expect(root).toBe("devices/d1/messages");
    expect(bag).toMatch(/^%24\.mid=m%2F1&%24\.to=%2Fdevices%2Fd1%2Fmessages%2FdeviceBound&%24\.cid=/);
    expect(bag).not.toContain("/");
    expect(Object.fromEntries(decodePropertyBag(bag))).toEqual({
      "$.mid": "m/1",
      "$.to": "/devices/d1/messages/deviceBound",
      "$.cid": "c&1",
      "$.uid": "u 1",
      "$.exp": "2026-01-01T01:00:00.000Z",
      "$.ct": "text/plain",
      "$.ce": "utf-8",
      "iothub-ack": "full",
      a: "b%",
    });
  });

  it("omit the properties that are not set, except for an id", async () => {
    const hub = testHub();
    const { connection } = await receiver(hub);
    const { messageId } = hub.c2d.send("d1", { n: 1 });
    expect(connection.take()).toMatchObject([
      {
        text: '{"n":1}',
        topic: `devices/d1/messages/devicebound/%24.mid=${messageId}&%24.to=%2Fdevices%2Fd1%2Fmessages%2FdeviceBound`,
      },
    ]);
  });

  it("wait for a device that is not connected or not subscribed, and arrive in order", async () => {
    const hub = testHub();
    send(hub, "1", "2");
    const { session, connection } = await hub.device("d1");
    send(hub, "3");
    expect(connection.take()).toEqual([]);
    hub.listen(session, filter);
    expect(texts(connection)).toEqual(["1", "2", "3"]);
    hub.listen(session, filter);
    expect(texts(connection)).toEqual([]);
  });

  it("are completed by their PUBACK", async () => {
    const hub = testHub();
    const { session, connection } = await receiver(hub);
    send(hub, "1");
    expect(hub.c2d.list("d1")).toMatchObject([
      { messageId: "id-1", deliveryCount: 1, locked: true, lockedUntil: "2026-01-01T00:01:00.000Z" },
    ]);
    hub.operations.acknowledge(session, connection.take()[0]?.messageId ?? 0);
    expect(hub.c2d.list("d1")).toEqual([]);
    expect(hub.c2d.feedback()).toEqual([
      {
        originalMessageId: "id-1",
        enqueuedTimeUtc: "2026-01-01T00:00:00.000Z",
        statusCode: "Success",
        description: "Success",
        deviceId: "d1",
        deviceGenerationId: hub.registry.require({ deviceId: "d1" }).generationId,
      },
    ]);
    expect(hub.takeTypes().slice(-3)).toEqual(["c2dEnqueued", "c2dDelivered", "c2dCompleted"]);
  });

  it("are completed when they are sent, at QoS 0", async () => {
    const hub = testHub();
    const { connection } = await receiver(hub, 0);
    send(hub, "1");
    expect(connection.take()).toMatchObject([{ qos: 0, dup: false }]);
    expect(outcomes(hub)).toEqual(["id-1 Success"]);
  });

  it("are redelivered with DUP and the same packet id after a lost connection", async () => {
    const hub = testHub();
    const first = await receiver(hub);
    send(hub, "1", "2", "3");
    const sent = first.connection.take();
    hub.operations.acknowledge(first.session, sent[0]?.messageId ?? 0);
    first.connection.end("connectionLost");
    expect(hub.c2d.list("d1")).toMatchObject([{ locked: false, deliveryCount: 1 }, { locked: false }]);
    // The subscription is stored, so no new SUBSCRIBE is needed.
    const second = await hub.device("d1");
    const again = second.connection.take();
    expect(again.map(({ text, dup, messageId }) => ({ text, dup, messageId }))).toEqual(
      sent.slice(1).map(({ text, messageId }) => ({ text, dup: true, messageId })),
    );
    // An acknowledgement on the old connection is too late.
    hub.operations.acknowledge(first.session, again[0]?.messageId ?? 0);
    expect(hub.c2d.list("d1")).toHaveLength(2);
  });

  it("survive a clean session, which deletes only the subscription", async () => {
    const hub = testHub();
    const first = await receiver(hub);
    send(hub, "1");
    first.connection.end("connectionLost");
    const { session, connection } = await hub.device("d1", { clean: true });
    expect(texts(connection)).toEqual([]);
    hub.listen(session, filter);
    expect(connection.take()).toMatchObject([{ text: "1", dup: true }]);
  });

  it("are redelivered when their lock has expired", async () => {
    const hub = testHub();
    const { session, connection } = await receiver(hub);
    send(hub, "1");
    const [{ messageId = 0 } = {}] = connection.take();
    await hub.clock.advance(59_999);
    expect(connection.take()).toEqual([]);
    await hub.clock.advance(1);
    expect(connection.take()).toMatchObject([{ text: "1", dup: true, messageId }]);
    hub.operations.acknowledge(session, messageId);
    expect(outcomes(hub)).toEqual(["id-1 Success"]);
  });

  it("are given up after ten deliveries", async () => {
    const hub = testHub({ maxDeliveryCount: 3 });
    const { connection } = await receiver(hub);
    send(hub, "1");
    await hub.clock.advance(200_000);
    expect(texts(connection)).toEqual(["1", "1", "1"]);
    expect(outcomes(hub)).toEqual(["id-1 DeliveryCountExceeded"]);
    expect(hub.c2d.count("d1")).toBe(0);
  });

  it("count deliveries across connections", async () => {
    const hub = testHub({ maxDeliveryCount: 2 });
    for (let at = 0; at < 2; at++) {
      const { connection } = await receiver(hub);
      if (at === 0) send(hub, "1");
      connection.end("connectionLost");
    }
    expect(outcomes(hub)).toEqual(["id-1 DeliveryCountExceeded"]);
  });

  it("expire while they wait", async () => {
    const hub = testHub();
    hub.c2d.send("d1", "1", { ...acked, messageId: "id-1", expiryTimeUtc: new Date(hub.clock.now() + 5000) });
    send(hub, "2");
    await hub.clock.advance(5000);
    expect(outcomes(hub)).toEqual(["id-1 Expired"]);
    // The default is one hour.
    await hub.clock.advance(3_594_999);
    expect(hub.c2d.count("d1")).toBe(1);
    await hub.clock.advance(1);
    expect(outcomes(hub)).toEqual(["id-1 Expired", "id-2 Expired"]);
    expect(hub.clock.timers).toBe(0);
  });

  it("that have expired are never delivered", async () => {
    const hub = testHub();
    const { connection } = await receiver(hub);
    hub.c2d.send("d1", "1", { ...acked, messageId: "id-1", expiryTimeUtc: "2020-01-01T00:00:00Z" });
    expect(texts(connection)).toEqual([]);
    expect(outcomes(hub)).toEqual(["id-1 Expired"]);
  });

  it("can be acknowledged after they expired, as long as they are locked", async () => {
    const hub = testHub();
    const { session, connection } = await receiver(hub);
    hub.c2d.send("d1", "1", { ...acked, messageId: "id-1", expiryTimeUtc: new Date(hub.clock.now() + 1000) });
    await hub.clock.advance(30_000);
    hub.operations.acknowledge(session, connection.take()[0]?.messageId ?? 0);
    expect(outcomes(hub)).toEqual(["id-1 Success"]);
  });

  it("are settled by PUBACKs in order; one out of order is ignored, with an event", async () => {
    const hub = testHub();
    const { session, connection } = await receiver(hub);
    send(hub, "1", "2");
    const ids = connection.take().map(({ messageId = 0 }) => messageId);
    hub.operations.acknowledge(session, ids[1] ?? 0);
    hub.operations.acknowledge(session, 999);
    expect(hub.c2d.list("d1")).toHaveLength(2);
    expect(hub.seen.filter(({ type }) => type === "c2dAckIgnored")).toMatchObject([
      { packetId: ids[1] },
      { packetId: 999 },
    ]);
    for (const id of ids) hub.operations.acknowledge(session, id);
    expect(outcomes(hub)).toEqual(["id-1 Success", "id-2 Success"]);
  });

  it("are not delivered after an UNSUBSCRIBE; those in flight can still be acknowledged", async () => {
    const hub = testHub();
    const { session, connection } = await receiver(hub);
    send(hub, "1");
    hub.operations.unsubscribe(session, filter);
    send(hub, "2");
    expect(texts(connection)).toEqual(["1"]);
    expect(hub.c2d.list("d1")).toMatchObject([{ locked: true }, { locked: false }]);
    hub.listen(session, filter);
    expect(connection.take()).toMatchObject([{ text: "2", dup: false }]);
    hub.operations.unsubscribe(session, filter);
    hub.operations.acknowledge(session, 1);
    expect(outcomes(hub)).toEqual(["id-1 Success"]);
  });

  it("are limited to 50 for each device", () => {
    const hub = testHub();
    for (let at = 0; at < 50; at++) send(hub, String(at));
    expect(() => send(hub, "51")).toThrow(
      expect.objectContaining({
        name: "DeviceMaximumQueueDepthExceeded",
        statusCode: 403,
        errorCode: 403004,
      }),
    );
    expect(hub.c2d.count("d1")).toBe(50);
    expect(hub.c2d.purge("d1")).toBe(50);
    expect(outcomes(hub)).toHaveLength(50);
    expect(hub.c2d.feedback()[0]).toMatchObject({ statusCode: "Purged" });
  });

  it("are deleted with their device", async () => {
    const hub = testHub();
    const { connection } = await receiver(hub);
    send(hub, "1");
    const { generationId } = hub.registry.require({ deviceId: "d1" });
    hub.identities.delete({ deviceId: "d1" });
    expect(hub.c2d.feedback()).toMatchObject([{ statusCode: "Purged", deviceGenerationId: generationId }]);
    hub.identities.create({ deviceId: "d1" }, {});
    expect(hub.c2d.list("d1")).toEqual([]);
    expect(connection.ended).toBe("deviceDeleted");
    expect(hub.clock.timers).toBe(0);
  });

  it.each([
    ["none", []],
    [undefined, []],
    ["positive", ["id-a Success"]],
    ["negative", ["id-b Expired"]],
    ["full", ["id-a Success", "id-b Expired"]],
  ] as const)("report the requested outcomes: %s", async (ack, expected) => {
    const hub = testHub();
    await receiver(hub, 0);
    const options = ack === undefined ? {} : { ack };
    hub.c2d.send("d1", "x", { ...options, messageId: "id-a" });
    hub.c2d.send("d1", "x", { ...options, messageId: "id-b", expiryTimeUtc: "2020-01-01T00:00:00Z" });
    expect(outcomes(hub)).toEqual(expected);
  });

  it.each([
    ["too long an id", { messageId: "x".repeat(129) }, "ArgumentInvalid"],
    ["a bad ack", { ack: "maybe" as "full" }, "ArgumentInvalid"],
    ["a space in a name", { properties: { "a b": "c" } }, "ArgumentInvalid"],
    ["unicode in a value", { properties: { a: "é" } }, "ArgumentInvalid"],
    ["an equals sign in a value", { properties: { a: "=" } }, "ArgumentInvalid"],
    ["a value that is no text", { properties: { a: 1 as unknown as string } }, "ArgumentInvalid"],
    ["an empty name", { properties: { "": "c" } }, "ArgumentInvalid"],
    ["no date", { expiryTimeUtc: "soon" }, "ArgumentInvalid"],
    ["a date too far away", { expiryTimeUtc: "2026-01-03T00:00:01Z" }, "ArgumentInvalid"],
    ["too much", { properties: { a: "x".repeat(65_536) } }, "MessageTooLarge"],
  ])("are refused with %s", (_case, options, name) => {
    const hub = testHub();
    expect(() => hub.c2d.send("d1", "", options)).toThrow(expect.objectContaining({ name }));
    expect(hub.c2d.count("d1")).toBe(0);
  });

  it("can have 64 KB, and every character that the hub allows", () => {
    const hub = testHub();
    hub.c2d.send("d1", new Uint8Array(65_536));
    const all = "AZaz09!#$%&'*+-.^_`|~";
    hub.c2d.send("d1", "", { properties: { [all]: all } });
    expect(() => hub.c2d.send("d1", new Uint8Array(65_537))).toThrow(
      expect.objectContaining({ name: "MessageTooLarge" }),
    );
  });

  it("are refused for a device that does not exist", () => {
    expect(() => testHub().c2d.send("nobody", "x")).toThrow(
      expect.objectContaining({ name: "DeviceNotFound" }),
    );
  });
});
