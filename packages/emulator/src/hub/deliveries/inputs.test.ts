import { describe, expect, it } from "vitest";
import { type FakeConnection, type TestHub, testHub } from "../../testing/hub.ts";
import type { Session } from "../sessions/session.ts";

const a = { deviceId: "d1", moduleId: "a" };
const b = { deviceId: "d1", moduleId: "b" };
const outputs = "devices/d1/modules/a/messages/events/";
const inputs = "devices/d1/modules/b/inputs/#";

function hubWithModules(): TestHub {
  const hub = testHub({ lockSeconds: 30 });
  for (const identity of [a, b]) hub.identities.create(identity, {});
  hub.seen.length = 0;
  return hub;
}

async function receiver(hub: TestHub): Promise<{ session: Session; connection: FakeConnection }> {
  const device = await hub.device("d1/b");
  hub.listen(device.session, inputs);
  return device;
}

function acknowledge(hub: TestHub, session: Session, ids: (number | undefined)[]): void {
  for (const id of ids) hub.operations.acknowledge(session, id ?? 0);
}

describe("a message to an input", () => {
  it("arrives at QoS 1 with its properties", async () => {
    const hub = hubWithModules();
    const { session, connection } = await receiver(hub);
    const options = { messageId: "m 1", contentType: "text/plain", properties: { "a b": "c/d" }, from: a };
    expect(hub.inputs.send(b, "in/put 1", "hello", options)).toEqual({ messageId: "m 1" });
    expect(connection.sent).toEqual([
      {
        topic:
          "devices/d1/modules/b/inputs/in%2Fput%201/%24.cdid=d1&%24.cmid=a&%24.mid=m%201&%24.ct=text%2Fplain&a%20b=c%2Fd",
        text: "hello",
        qos: 1,
        dup: false,
        messageId: 1,
      },
    ]);
    expect(hub.inputs.list(b)).toMatchObject([{ messageId: "m 1", inputName: "in/put 1", locked: true }]);
    acknowledge(hub, session, [1]);
    expect(hub.inputs.list(b)).toEqual([]);
    expect(hub.takeTypes().slice(-3)).toEqual(["inputEnqueued", "inputDelivered", "inputCompleted"]);
    expect(hub.clock.timers).toBe(1); // that of the session's token
  });

  it("can be bytes or JSON, and gets an id and its device as the sender", async () => {
    const hub = hubWithModules();
    const { connection } = await receiver(hub);
    const { messageId } = hub.inputs.send(b, "i", { x: 1 });
    expect(connection.take()).toMatchObject([
      { topic: `devices/d1/modules/b/inputs/i/%24.cdid=d1&%24.mid=${messageId}`, text: '{"x":1}' },
    ]);
    hub.inputs.send(b, "i", Uint8Array.of(104, 105));
    expect(connection.take()).toMatchObject([{ text: "hi" }]);
  });

  it("is refused without a module, without an input name, and when the queue is full", async () => {
    const hub = hubWithModules();
    expect(() => hub.inputs.send({ ...b, moduleId: "x" }, "i", "")).toThrow(
      expect.objectContaining({ name: "ModuleNotFound" }),
    );
    expect(() => hub.inputs.send(b, "", "")).toThrow(expect.objectContaining({ name: "ArgumentInvalid" }));
    expect(() => hub.inputs.send(b, "i", new Uint8Array(262_145))).toThrow(
      expect.objectContaining({ name: "MessageTooLarge" }),
    );
    for (let at = 0; at < 10_000; at++) hub.inputs.send(b, "i", "");
    expect(() => hub.inputs.send(b, "i", "")).toThrow(
      expect.objectContaining({ name: "DeviceMaximumQueueDepthExceeded" }),
    );
  });

  it("waits for the module and is delivered in order, repeatedly until it is acknowledged", async () => {
    const hub = hubWithModules();
    for (const text of ["1", "2", "3"]) hub.inputs.send(b, "i", text);
    const first = await receiver(hub);
    expect(first.connection.sent.map(({ text, dup }) => [text, dup])).toEqual([
      ["1", false],
      ["2", false],
      ["3", false],
    ]);
    acknowledge(hub, first.session, [first.connection.sent[0]?.messageId]);
    // An expired lock …
    first.connection.take();
    await hub.clock.advance(30_000);
    expect(first.connection.sent).toMatchObject([
      { text: "2", dup: true, messageId: 2 },
      { text: "3", dup: true, messageId: 3 },
    ]);
    // … and a new connection, which needs no new SUBSCRIBE.
    hub.inputs.send(b, "i", "4");
    const second = await hub.device("d1/b");
    expect(second.session.sessionPresent).toBe(true);
    expect(second.connection.sent.map(({ text, dup }) => [text, dup])).toEqual([
      ["2", true],
      ["3", true],
      ["4", true],
    ]);
    acknowledge(
      hub,
      second.session,
      second.connection.take().map(({ messageId }) => messageId),
    );
    for (let round = 0; round < 20; round++) await hub.clock.advance(30_000);
    expect(second.connection.sent).toEqual([]);
    expect(hub.inputs.list(b)).toEqual([]);
  });

  it("is delivered any number of times within two hours", async () => {
    const hub = hubWithModules();
    const { session, connection } = await hub.device("d1/b", { token: await hub.token("d1/b", 100_000) });
    hub.listen(session, inputs);
    hub.inputs.send(b, "i", "x");
    await hub.clock.advance(7_190_000);
    expect(connection.sent.length).toBeGreaterThan(200);
    await hub.clock.advance(40_000);
    expect(hub.seen.at(-1)).toMatchObject({ type: "inputCompleted", outcome: "Expired" });
  });

  it("is settled only in the order of delivery, and not by another connection", async () => {
    const hub = hubWithModules();
    const { session } = await receiver(hub);
    hub.inputs.send(b, "i", "1");
    hub.inputs.send(b, "i", "2");
    acknowledge(hub, session, [2, 7]);
    expect(hub.inputs.list(b)).toHaveLength(2);
    expect(hub.seen.slice(-2)).toMatchObject([
      { type: "inputAckIgnored", packetId: 2, moduleId: "b" },
      { type: "inputAckIgnored", packetId: 7 },
    ]);
    acknowledge(hub, session, [1, 2]);
    expect(hub.inputs.list(b)).toEqual([]);
  });

  it("is delivered at QoS 0 to a module that requests it, and not after an UNSUBSCRIBE", async () => {
    const hub = hubWithModules();
    const { session, connection } = await hub.device("d1/b");
    hub.listen(session, inputs, 0);
    hub.inputs.send(b, "i", "1");
    expect(connection.take()).toMatchObject([{ text: "1", qos: 0, dup: false }]);
    expect(hub.inputs.list(b)).toEqual([]);
    hub.operations.unsubscribe(session, inputs);
    hub.inputs.send(b, "i", "2");
    expect(connection.take()).toEqual([]);
    hub.listen(session, inputs);
    expect(connection.take()).toMatchObject([{ text: "2", qos: 1 }]);
  });

  it("is deleted with its module", async () => {
    const hub = hubWithModules();
    hub.inputs.send(b, "i", "1");
    hub.identities.delete(b);
    expect(hub.seen.filter(({ type }) => type === "inputCompleted")).toMatchObject([{ outcome: "Purged" }]);
    hub.identities.create(b, {});
    expect(hub.inputs.list(b)).toEqual([]);
  });
});

describe("a route", () => {
  it("forwards messages from an output of one module to an input of another instead of the hub", async () => {
    const hub = hubWithModules();
    const route = hub.inputs.routes.add({
      from: { ...a, output: "out" },
      to: { moduleId: "b", input: "in" },
    });
    expect(hub.inputs.routes.list()).toEqual([route]);
    const sender = await hub.device("d1/a");
    const { connection } = await receiver(hub);
    const bag = "%24.on=out&%24.mid=7&%24.ct=t&%24.ifid=x&%24.sub=c&iothub-ack=full&p=v%26&flag";
    // The Node SDK ends the topics of outputs with a slash.
    for (const end of ["", "/"]) {
      expect(hub.from(sender.session, `${outputs}${bag}${end}`, "body")).toBeUndefined();
      expect(connection.take()).toMatchObject([
        {
          topic:
            "devices/d1/modules/b/inputs/in/%24.cdid=d1&%24.cmid=a&%24.mid=7&%24.ct=t&iothub-ack=full&p=v%26&flag",
          text: "body",
          qos: 1,
        },
      ]);
    }
    expect(hub.telemetry.read()).toEqual([]);
  });

  it("doesn't affect other outputs, other modules, telemetry without an output, and devices", async () => {
    const hub = hubWithModules();
    hub.inputs.routes.add({ from: { ...a, output: "out" }, to: { moduleId: "b", input: "in" } });
    const { session, connection } = await receiver(hub);
    const device = await hub.device("d1");
    const sender = await hub.device("d1/a");
    hub.from(sender.session, `${outputs}%24.on=Out`, "other output");
    hub.from(sender.session, outputs, "no output");
    hub.from(session, "devices/d1/modules/b/messages/events/%24.on=out", "other module");
    hub.from(device.session, "devices/d1/messages/events/%24.on=out", "device");
    expect(hub.telemetry.read()).toHaveLength(4);
    expect(hub.telemetry.read()[0]?.systemProperties["outputName"]).toBe("Out");
    expect(connection.take()).toEqual([]);
  });

  it("can be for every output, lead back to its sender, and fork; each input receives a message once", async () => {
    const hub = hubWithModules();
    const all = hub.inputs.routes.add({ from: a, to: { moduleId: "b", input: "in" } });
    hub.inputs.routes.add({ from: { ...a, output: "x" }, to: { moduleId: "b", input: "in" } });
    hub.inputs.routes.add({ from: { ...a, output: "x" }, to: { moduleId: "b", input: "in2" } });
    hub.inputs.routes.add({ from: { ...a, output: "x" }, to: { moduleId: "a", input: "echo" } });
    const { connection } = await receiver(hub);
    const sender = await hub.device("d1/a");
    hub.listen(sender.session, "devices/d1/modules/a/inputs/#");
    hub.from(sender.session, `${outputs}%24.on=x`, "1");
    hub.from(sender.session, `${outputs}%24.on=y`, "2");
    const names = ({ connection: { sent } }: { connection: FakeConnection }): string[] =>
      sent.map(({ topic }) => topic.split("/")[5] ?? "");
    expect(names({ connection })).toEqual(["in", "in2", "in"]);
    expect(names(sender)).toEqual(["echo"]);
    hub.inputs.routes.remove(all.id);
    hub.from(sender.session, `${outputs}%24.on=y`, "3");
    expect(hub.telemetry.read()).toHaveLength(1);
    expect(() => hub.inputs.routes.remove(all.id)).toThrow(`There is no route '${all.id}'.`);
  });

  it("keeps the order of messages that were sent while the receiver was disconnected", async () => {
    const hub = hubWithModules();
    hub.inputs.routes.add({ from: a, to: { moduleId: "b", input: "in" } });
    const sender = await hub.device("d1/a");
    const bodies = Array.from({ length: 500 }, (_, at) => String(at));
    for (const body of bodies) hub.from(sender.session, `${outputs}%24.on=o`, body);
    const { session, connection } = await receiver(hub);
    expect(connection.sent.map(({ text }) => text)).toEqual(bodies);
    acknowledge(
      hub,
      session,
      connection.sent.map(({ messageId }) => messageId),
    );
    expect(hub.inputs.list(b)).toEqual([]);
  });

  it("refuses messages that are too large for a hub", async () => {
    const hub = hubWithModules();
    hub.inputs.routes.add({ from: a, to: { moduleId: "b", input: "in" } });
    const { session } = await hub.device("d1/a");
    expect(hub.from(session, `${outputs}%24.on=o`, new Uint8Array(262_143))).toBeUndefined();
    expect(hub.from(session, `${outputs}%24.on=o`, new Uint8Array(262_144))).toContain("larger than 256 KB");
    expect(hub.inputs.list(b)).toHaveLength(1);
  });

  it("marks retained messages, and reports when the receiver's queue is full", async () => {
    const hub = hubWithModules();
    hub.inputs.routes.add({ from: a, to: { moduleId: "b", input: "in" } });
    const { session } = await hub.device("d1/a");
    const publish = { topic: `${outputs}%24.on=o`, payload: new Uint8Array(), qos: 1 as const, dup: false };
    hub.operations.publish(session, { ...publish, retain: true });
    for (let at = 1; at < 10_000; at++) hub.inputs.send(b, "in", "");
    hub.operations.publish(session, { ...publish, retain: false });
    expect(hub.seen.at(-1)).toMatchObject({ type: "inputCompleted", outcome: "Rejected", moduleId: "b" });
    const { connection } = await receiver(hub);
    expect(connection.sent[0]?.topic).toContain("&mqtt-retain=true");
  });

  it("requires both modules and an input, and ends with either module", () => {
    const hub = hubWithModules();
    const add = (from: typeof a, to: { moduleId: string; input: string }) => (): void =>
      void hub.inputs.routes.add({ from, to });
    expect(add({ ...a, deviceId: "x" }, { moduleId: "b", input: "i" })).toThrow("'x' cannot be found");
    expect(add({ ...a, moduleId: "x" }, { moduleId: "b", input: "i" })).toThrow("'d1/x' cannot be found");
    expect(add(a, { moduleId: "x", input: "i" })).toThrow("'d1/x' cannot be found");
    expect(add(a, { moduleId: "b", input: "" })).toThrow("must not be empty");
    for (const deleted of [a, b]) {
      add(a, { moduleId: "b", input: "i" })();
      hub.identities.delete(deleted);
      expect(hub.inputs.routes.list()).toEqual([]);
      hub.identities.create(deleted, {});
    }
  });
});
