// A client with an outbox, and an in-memory hub.
import { describe, expect, it } from "vitest";
import { memoryDevices } from "../../test/devices.ts";
import { engineOfThisRun } from "../../test/engines.ts";
import { failure, thrownBy } from "../../test/failure.ts";
import { Message } from "../messages/message.ts";
import type { MemoryDevice } from "../testing/memory-device.ts";
import { MemoryFleet } from "../testing/memory-fleet.ts";
import { payloadText } from "../testing/payload.ts";
import { until } from "../testing/until.ts";
import { createOutbox } from "./create-outbox.ts";
import { MemoryOutboxStore } from "./memory-outbox-store.ts";
import type { Outbox } from "./outbox.ts";
import type { OutboxOptions } from "./outbox-options.ts";
import type { OutboxStore, StoredMessage } from "./outbox-store.ts";

const createDevice = memoryDevices();

/** A device with an outbox; without a network unless it is connected first. */
function deviceWith(options: OutboxOptions, clientOptions = {}): MemoryDevice {
  return createDevice({ outbox: createOutbox(options), ...clientOptions });
}

/** Takes the network away; the function that it returns brings it back. */
function offline({ runtime }: MemoryDevice): () => void {
  runtime.onDial = () => Promise.reject(new Error("no network"));
  return () => {
    runtime.onDial = undefined;
  };
}

const sentBy = ({ hub }: MemoryDevice): string[] => hub.telemetry.map(({ payload }) => payloadText(payload));
const idsAt = ({ hub }: MemoryDevice): (string | undefined)[] =>
  hub.telemetry.map(({ topic }) => /%24\.mid=([^&]*)/.exec(topic)?.[1]);

describe("the option outbox", () => {
  it("is rejected unless createOutbox returned it", () => {
    for (const outbox of [true, {}, "file"])
      expect(thrownBy(() => createDevice({ outbox: outbox as never }))).toMatchObject({
        code: "invalid_argument",
        message: expect.stringContaining(
          "outbox must be an object with a method 'open', such as createOutbox(), got",
        ),
      });
  });

  it.each([
    [{ maxMessages: 0 }, "maxMessages must be an integer greater than 0, got 0"],
    [{ maxBytes: "1" }, "maxBytes must be an integer greater than 0, got '1'"],
    [{ timeToLiveMs: -1 }, "timeToLiveMs must be a number of milliseconds greater than 0, got -1"],
    [{ strategyOnFull: "block" }, "strategyOnFull must be 'rejectNew' or 'dropOldest', got 'block'"],
    [{ drainRate: 0 }, "drainRate must be a number of messages per second greater than 0, got 0"],
    [{ maxInFlight: 1001 }, "maxInFlight must be an integer from 1 to 1000, got 1001"],
    [
      { store: "/tmp/x" },
      "store must be an object with the methods open, append, remove, close, got '/tmp/x'",
    ],
    [{ ttl: 5 }, "Unsupported option 'ttl' of the outbox; the options are store, maxMessages"],
  ])("has options, which are checked: %j", (options, message) => {
    expect(thrownBy(() => createOutbox(options as OutboxOptions))).toMatchObject({
      name: "ArgumentError",
      message: expect.stringContaining(message),
    });
  });

  it("is needed for enqueue(), and for a queue", async () => {
    const { client } = createDevice();
    expect(client.queue).toBeUndefined();
    expect(await failure(client.enqueue("x"))).toMatchObject({
      code: "not_supported",
      message: "enqueue() needs the option 'outbox'",
      remediation: "Pass createOutbox() of the entry /outbox",
    });
  });

  it("rejects options of a message that aren't valid", async () => {
    const { client } = deviceWith({});
    expect(await failure(client.enqueue("x", { priority: "urgent" as never }))).toMatchObject({
      message: "priority must be 'high', 'normal' or 'low', got 'urgent'",
    });
    expect(await failure(client.enqueue("x", { timeToLiveMs: 0 }))).toMatchObject({
      code: "invalid_argument",
    });
    expect(await failure(client.enqueue({ a: Number.NaN }))).toMatchObject({ code: "invalid_argument" });
  });
});

describe("a client with an outbox", () => {
  it("accepts messages without a network, and sends them in order with their ids when there is one", async () => {
    const device = deviceWith({});
    const online = offline(device);
    const first = await device.client.enqueue("1");
    const named = await device.client.enqueue(new Message("2", { messageId: "own" }));
    const third = await device.client.enqueue("3");
    expect(named.messageId).toBe("own");
    expect(first.messageId).not.toBe(third.messageId);
    expect(device.client.queue).toMatchObject({ depth: 3, oldestAgeMs: 0 });
    await until(() => device.client.state.status === "waiting");
    online();
    await device.clock.advance(1000);
    await Promise.all([first.acknowledged, named.acknowledged, third.acknowledged]);
    expect(sentBy(device)).toEqual(["1", "2", "3"]);
    expect(idsAt(device)).toEqual([first.messageId, "own", third.messageId]);
    expect(device.client.queue).toMatchObject({ depth: 0, bytes: 0, oldestSince: undefined });
  });

  it("doesn't set a generated id on the message, which may be sent again with another body", async () => {
    const device = deviceWith({});
    const message = new Message("1");
    const one = await device.client.enqueue(message);
    message.data = "2";
    const other = await device.client.enqueue(message);
    await Promise.all([one.acknowledged, other.acknowledged]);
    expect(message.messageId).toBeUndefined();
    expect(sentBy(device)).toEqual(["1", "2"]);
    expect(new Set(idsAt(device)).size).toBe(2);
  });

  it("shows its contents as one frozen object until they change", async () => {
    const device = deviceWith({});
    offline(device);
    const empty = device.client.queue;
    expect(device.client.queue).toBe(empty);
    await device.client.enqueue("1");
    const { queue } = device.client;
    expect(queue).not.toBe(empty);
    expect(device.client.queue).toBe(queue);
    expect(Object.isFrozen(queue)).toBe(true);
    expect(queue?.oldestSince).toEqual(new Date(device.clock.now()));
    await device.clock.advance(500);
    expect(queue?.oldestAgeMs).toBe(500);
    expect(queue?.bytes).toBeGreaterThan(50);
  });

  it("sends higher priorities first, and each of them in order", async () => {
    const device = deviceWith({});
    const online = offline(device);
    const receipts = [];
    for (const [data, priority] of [
      ["low 1", "low"],
      ["normal 1", "normal"],
      ["high 1", "high"],
      ["low 2", "low"],
      ["normal 2", undefined],
      ["high 2", "high"],
    ] as const)
      receipts.push(await device.client.enqueue(data, { priority }));
    online();
    await device.clock.advance(1000);
    await Promise.all(receipts.map(({ acknowledged }) => acknowledged));
    expect(sentBy(device)).toEqual(["high 1", "high 2", "normal 1", "normal 2", "low 1", "low 2"]);
  });

  it("lets a higher priority overtake messages that wait behind those in flight", async () => {
    const device = deviceWith({ maxInFlight: 2 });
    await device.client.connect();
    const packets: number[] = [];
    device.hub.intercept = (packet) => {
      if (packet.type !== "publish" || packet.qos !== 1) return false;
      packets.push(packet.packetId);
      device.hub.telemetry.push(packet);
      return true;
    };
    for (const data of ["1", "2", "3", "4"]) await device.client.enqueue(data);
    await device.client.enqueue("urgent", { priority: "high" });
    await device.rest();
    expect(sentBy(device)).toEqual(["1", "2"]);
    device.hub.intercept = () => false;
    for (const packetId of packets) device.peer.send({ type: "puback", packetId });
    await device.client.flush();
    expect(sentBy(device)).toEqual(["1", "2", "urgent", "3", "4"]);
  });

  it("limits the rate at which it sends", async () => {
    const device = deviceWith({ drainRate: 10 });
    const online = offline(device);
    for (let number = 0; number < 30; number++) await device.client.enqueue(String(number));
    online();
    await device.clock.advance(1000);
    await until(() => device.client.connected);
    await device.rest();
    const before = device.hub.telemetry.length;
    expect(before).toBe(1);
    await device.pass(1000, 50);
    expect(device.hub.telemetry.length - before).toBe(10);
    await device.pass(1900, 50);
    expect(sentBy(device)).toEqual(Array.from({ length: 30 }, (_, number) => String(number)));
  });

  it("resends what was in flight when the connection was lost, before newer messages", async () => {
    const device = deviceWith({});
    await device.client.connect();
    device.peer.freeze();
    const one = await device.client.enqueue("1");
    await device.rest();
    device.peer.close(new Error("read ECONNRESET"));
    const two = await device.client.enqueue("2", { priority: "high" });
    await device.clock.advance(1000);
    await device.reconnected(2);
    await Promise.all([one.acknowledged, two.acknowledged]);
    expect(sentBy(device)).toEqual(["1", "2"]);
  });

  it("keeps messages when the client gives up, and sends them when the application connects again", async () => {
    const device = deviceWith({ maxInFlight: 2 }, { connectionRetry: false });
    await device.client.connect();
    device.peer.freeze();
    const receipts = [];
    for (const data of ["1", "2", "3", "4"]) receipts.push(await device.client.enqueue(data));
    device.peer.close(new Error("read ECONNRESET"));
    await until(() => device.client.state.status === "disconnected");
    await device.rest();
    expect(device.client.queue).toMatchObject({ depth: 4 });
    await device.client.connect();
    await Promise.all(receipts.map(({ acknowledged }) => acknowledged));
    expect(sentBy(device)).toEqual(["1", "2", "3", "4"]);
  });

  it("doesn't reconnect after disconnect() until the next operation", async () => {
    const device = deviceWith({ drainRate: 1 });
    await device.client.connect();
    for (const data of ["1", "2", "3"]) await device.client.enqueue(data);
    await device.rest();
    await device.client.disconnect();
    await device.pass(10_000);
    expect(device.client.state.status).toBe("disconnected");
    expect(device.client.queue).toMatchObject({ depth: 2 });
    await device.client.enqueue("4");
    await device.pass(10_000);
    expect(sentBy(device)).toEqual(["1", "2", "3", "4"]);
  });

  it("waits for connect() if autoConnect is off", async () => {
    const device = deviceWith({}, { autoConnect: false });
    const { acknowledged } = await device.client.enqueue("1");
    await device.rest();
    expect(device.runtime.dialled).toEqual([]);
    await device.client.connect();
    await acknowledged;
  });

  it("follows a device to another hub, like messages in flight", async () => {
    const fleet = new MemoryFleet(engineOfThisRun());
    const client = fleet.client({}, { outbox: createOutbox() });
    await client.sendMessage("before");
    fleet.runtime.peer.freeze();
    const receipt = await client.enqueue("moved");
    fleet.verdict = { assignedHub: "b.example", deviceId: "d2" };
    fleet.refusing.add(fleet.a);
    fleet.runtime.peer.close();
    await client.enqueue("later");
    await fleet.runtime.pass(5000);
    await until(() => fleet.b.telemetry.length === 2);
    await receipt.acknowledged;
    expect(
      fleet.b.telemetry.map(({ topic, payload }) => [topic.split("/")[1], payloadText(payload)]),
    ).toEqual([
      ["d2", "moved"],
      ["d2", "later"],
    ]);
    await fleet.end();
  });
});

describe("sendMessage() with an outbox", () => {
  it("resolves once the message is acknowledged, in the order of all messages", async () => {
    const device = deviceWith({});
    const { acknowledged } = await device.client.enqueue("1");
    await device.client.sendMessage("2");
    await acknowledged;
    expect(sentBy(device)).toEqual(["1", "2"]);
    expect(idsAt(device)[1]).toMatch(/./);
  });

  it("ends its wait with its time-out, and the message is sent all the same", async () => {
    const device = deviceWith({});
    const online = offline(device);
    const sending = failure(device.client.sendMessage("1", { timeoutMs: 5000 }));
    await device.pass(6000);
    expect(await sending).toMatchObject({
      code: "operation_timeout",
      retryable: false,
      message: "Sending a message did not finish within 5000 ms; the message stays in the outbox",
    });
    online();
    await device.pass(2000);
    await until(() => device.hub.telemetry.length === 1);
  });
});

describe("the time to live", () => {
  it("discards messages that wait too long, and reports them once and on their promises", async () => {
    const device = deviceWith({ timeToLiveMs: 60_000 });
    const online = offline(device);
    const receipts = [await device.client.enqueue("1"), await device.client.enqueue("2")];
    const longer = await device.client.enqueue("3", { timeToLiveMs: Number.POSITIVE_INFINITY });
    const results = receipts.map(({ acknowledged }) => failure(acknowledged));
    await device.pass(59_000);
    expect(device.client.queue).toMatchObject({ depth: 3 });
    await device.pass(1000);
    for (const [index, result] of results.entries())
      expect(await result).toMatchObject({
        code: "message_expired",
        message: expect.stringContaining(receipts[index]?.messageId ?? "?"),
      });
    expect(
      device.background.filter((error) => "code" in error && error.code === "message_expired"),
    ).toMatchObject([{ message: expect.stringContaining("discarded 2 messages, first the message '") }]);
    online();
    await device.pass(2000);
    await longer.acknowledged;
    expect(sentBy(device)).toEqual(["3"]);
  });

  it("begins when the clock is set, for a message that was accepted before", async () => {
    const device = deviceWith({ timeToLiveMs: 60_000 });
    const online = offline(device);
    const behind = device.clock.now();
    device.clock.jump(-behind);
    await device.client.enqueue("x");
    device.clock.jump(behind);
    await device.pass(30_000);
    expect(device.client.queue?.depth).toBe(1);
    online();
    await device.pass(25_000);
    await until(() => device.client.queue?.depth === 0);
    expect(sentBy(device)).toEqual(["x"]);
    expect(device.background).not.toContainEqual(expect.objectContaining({ code: "message_expired" }));
  });

  it("also ends for messages in flight whose acknowledgement doesn't arrive", async () => {
    const device = deviceWith({});
    await device.client.connect();
    device.hub.intercept = ({ type }) => type === "publish";
    const { acknowledged } = await device.client.enqueue("1", { timeToLiveMs: 5000 });
    const result = failure(acknowledged);
    await device.pass(6000);
    expect(await result).toMatchObject({ code: "message_expired" });
    expect(device.client.queue).toMatchObject({ depth: 0 });
  });
});

describe("a full outbox", () => {
  it("rejects new messages by default", async () => {
    const device = deviceWith({ maxMessages: 2 });
    const online = offline(device);
    await device.client.enqueue("1");
    await device.client.enqueue("2");
    const full = { code: "outbox_full", retryable: true, remediation: expect.stringContaining("dropOldest") };
    expect(await failure(device.client.enqueue("3", { priority: "high" }))).toMatchObject(full);
    online();
    await device.pass(2000);
    await device.client.enqueue("4");
    await device.client.flush();
    expect(sentBy(device)).toEqual(["1", "2", "4"]);
  });

  it("counts bytes, with those that are being stored", async () => {
    const device = deviceWith({ maxBytes: 3000 });
    offline(device);
    const results = await Promise.allSettled(
      Array.from({ length: 5 }, () => device.client.enqueue(new Uint8Array(1000))),
    );
    expect(results.map(({ status }) => status)).toEqual([
      "fulfilled",
      "fulfilled",
      "rejected",
      "rejected",
      "rejected",
    ]);
    expect(device.client.queue?.bytes).toBeLessThanOrEqual(3000);
  });

  it("with dropOldest drops the oldest of the lowest priority, and reports it", async () => {
    const device = deviceWith({ maxMessages: 3, strategyOnFull: "dropOldest" });
    const online = offline(device);
    await device.client.enqueue("high", { priority: "high" });
    const normal = await device.client.enqueue("normal");
    const low = await device.client.enqueue("low", { priority: "low" });
    await device.client.enqueue("normal 2");
    expect(await failure(low.acknowledged)).toMatchObject({
      code: "message_dropped",
      message: expect.stringContaining(low.messageId),
    });
    expect(device.background).toContainEqual(expect.objectContaining({ code: "message_dropped" }));
    await device.client.enqueue("normal 3");
    expect(await failure(normal.acknowledged)).toMatchObject({ code: "message_dropped" });
    // Nothing has a priority as low as this one.
    expect(await failure(device.client.enqueue("low 2", { priority: "low" }))).toMatchObject({
      code: "outbox_full",
    });
    expect(device.client.queue).toMatchObject({ depth: 3 });
    online();
    await device.pass(2000);
    await device.client.flush();
    expect(sentBy(device)).toEqual(["high", "normal 2", "normal 3"]);
  });
});

describe("the store of an outbox", () => {
  /** A memory store whose operations can fail and are recorded. */
  class RecordingStore extends MemoryOutboxStore {
    readonly calls: string[] = [];
    failure: Error | undefined;

    override async append(messages: readonly StoredMessage[]): Promise<void> {
      this.calls.push(`append ${messages.map(({ key }) => key)}`);
      if (this.failure) throw this.failure;
      await super.append(messages);
    }

    override async remove(keys: readonly number[]): Promise<void> {
      this.calls.push(`remove ${keys}`);
      if (this.failure) throw this.failure;
      await super.remove(keys);
    }
  }

  const diskFull = (): Error => Object.assign(new Error("ENOSPC: no space left"), { code: "ENOSPC" });

  it("writes what arrives together at once, and isn't called twice at a time", async () => {
    const store = new RecordingStore();
    const device = deviceWith({ store });
    offline(device);
    await Promise.all(["1", "2", "3"].map((data) => device.client.enqueue(data)));
    expect(store.calls).toEqual(["append 1,2,3"]);
  });

  it.each([
    [diskFull(), "The store of the outbox failed: it is full", /Free space/],
    [
      Object.assign(new Error("EROFS"), { code: "EROFS" }),
      "The store of the outbox failed: it is read-only",
      /Mount/,
    ],
    [
      Object.assign(new Error("?"), { name: "NotCapable" }),
      "The store of the outbox failed: permission is denied",
      /read and write/,
    ],
    [
      Object.assign(new Error("?"), { name: "QuotaExceededError" }),
      "The store of the outbox failed: it is full",
      /Free space/,
    ],
    [new Error("cable cut"), "The store of the outbox failed: cable cut", /cause/],
  ])("that fails with %s rejects the message, which isn't sent", async (cause, message, remediation) => {
    const store = new RecordingStore();
    const device = deviceWith({ store });
    const online = offline(device);
    await device.client.enqueue("1");
    store.failure = cause;
    expect(await failure(device.client.enqueue("2"))).toMatchObject({
      code: "outbox_failed",
      message,
      cause,
      retryable: true,
      remediation: expect.stringMatching(remediation),
    });
    expect(device.client.queue).toMatchObject({ depth: 1 });
    store.failure = undefined;
    online();
    await device.pass(2000);
    await device.client.enqueue("3");
    await device.client.flush();
    expect(sentBy(device)).toEqual(["1", "3"]);
  });

  it("that is full drops nothing for a message that it can't store", async () => {
    const store = new RecordingStore();
    const device = deviceWith({ store, maxMessages: 1, strategyOnFull: "dropOldest" });
    const online = offline(device);
    await device.client.enqueue("1");
    store.failure = diskFull();
    expect(await failure(device.client.enqueue("2"))).toMatchObject({ code: "outbox_failed" });
    expect(device.client.queue).toMatchObject({ depth: 1 });
    expect(device.background.filter((error) => "code" in error && error.code === "message_dropped")).toEqual(
      [],
    );
    store.failure = undefined;
    online();
    await device.pass(2000);
    expect(sentBy(device)).toEqual(["1"]);
  });

  it("that can't remove is reported once, and removes later", async () => {
    const store = new RecordingStore();
    const device = deviceWith({ store });
    await device.client.enqueue("1");
    store.failure = diskFull();
    await device.client.flush();
    await device.rest();
    store.failure = undefined;
    await device.client.enqueue("2");
    await device.client.flush();
    await device.rest();
    expect(device.background).toMatchObject([{ code: "outbox_failed" }]);
    expect(store.calls.at(-1)).toBe("remove 2");
    await device.client.shutdown();
    expect(await store.open()).toEqual({ messages: [] });
  });

  it("that another client uses is refused until that one is shut down", async () => {
    const outbox = createOutbox();
    const first = createDevice({ outbox });
    await first.client.enqueue("1");
    const second = createDevice({ outbox });
    const inUse = { code: "outbox_in_use", retryable: true };
    expect(await failure(second.client.enqueue("2"))).toMatchObject(inUse);
    expect(second.background).toMatchObject([inUse]);
    await first.client.shutdown();
    await (await second.client.enqueue("3")).acknowledged;
  });

  it("that contains something else reports it, and goes on with the rest", async () => {
    const store = new MemoryOutboxStore();
    const before = deviceWith({ store });
    offline(before);
    await before.client.enqueue("1");
    await before.client.shutdown();
    await store.append([{ key: 9, bytes: new Uint8Array(3) }]);
    const device = deviceWith({ store });
    await until(() => device.hub.telemetry.length === 1);
    expect(device.background).toMatchObject([
      { code: "outbox_damaged", message: "The store of the outbox was damaged: 1 messages can't be read" },
    ]);
    const damaged: OutboxStore = {
      open: async () => ({ messages: [], damage: "half of it" }),
      append: async () => {},
      remove: async () => {},
      close: async () => {},
    };
    const other = deviceWith({ store: damaged });
    await other.rest();
    expect(other.background).toMatchObject([{ message: "The store of the outbox was damaged: half of it" }]);
  });
});

describe("the end of a client with an outbox", () => {
  const restarted = (outbox: Outbox): MemoryDevice => createDevice({ outbox });

  it("leaves messages to the next client, which sends them in order with their ids before newer ones", async () => {
    const outbox = createOutbox();
    const first = restarted(outbox);
    offline(first);
    const receipts = [];
    for (const data of ["1", "2", "3"]) receipts.push(await first.client.enqueue(data));
    const results = receipts.map(({ acknowledged }) => failure(acknowledged));
    await first.client.shutdown();
    for (const result of results)
      expect(await result).toMatchObject({
        code: "operation_cancelled",
        message: "The client was shut down; the message stays in the outbox",
      });
    const second = restarted(outbox);
    const newer = await second.client.enqueue("4");
    await newer.acknowledged;
    expect(sentBy(second)).toEqual(["1", "2", "3", "4"]);
    expect(idsAt(second)).toEqual([...receipts, newer].map(({ messageId }) => messageId));
  });

  it("sends what is left without being asked", async () => {
    const outbox = createOutbox();
    const first = restarted(outbox);
    offline(first);
    await first.client.enqueue("1");
    await first.client.shutdown();
    const second = restarted(outbox);
    await until(() => second.hub.telemetry.length === 1);
  });

  it("reports what expired in the meantime, although its promise is gone", async () => {
    const outbox = createOutbox({ timeToLiveMs: 60_000 });
    const first = restarted(outbox);
    offline(first);
    await first.client.enqueue("1");
    await first.client.shutdown();
    await first.clock.advance(60_000);
    const second = createDevice({ outbox }, first.runtime);
    first.runtime.onDial = undefined;
    await (await second.client.enqueue("2")).acknowledged;
    expect(second.background).toMatchObject([{ code: "message_expired" }]);
    expect(sentBy(second)).toEqual(["2"]);
  });

  it("with drain sends everything first, and refuses new messages", async () => {
    const device = deviceWith({});
    const receipts = [];
    for (let number = 0; number < 150; number++) receipts.push(await device.client.enqueue(String(number)));
    const ended = device.client.shutdown({ drain: true });
    expect(await failure(device.client.enqueue("late"))).toMatchObject({ code: "shut_down" });
    await ended;
    await Promise.all(receipts.map(({ acknowledged }) => acknowledged));
    expect(device.hub.telemetry).toHaveLength(150);
  });

  it("ends flush() with the reason if the hub refuses the device", async () => {
    const device = deviceWith({});
    device.hub.intercept = ({ type }, peer) => {
      if (type !== "connect") return false;
      peer.send({ type: "connack", sessionPresent: false, returnCode: 5 });
      return true;
    };
    await device.client.enqueue("1");
    expect(await failure(device.client.flush())).toMatchObject({ code: "not_authorized" });
    expect(device.client.queue).toMatchObject({ depth: 1 });
  });

  it("right after the creation opens and closes the store", async () => {
    const outbox = createOutbox();
    await restarted(outbox).client.shutdown();
    await (await restarted(outbox).client.enqueue("1")).acknowledged;
  });
});
