import { describe, expect, it } from "vitest";
import { type FakeConnection, type TestHub, testHub } from "../testing/hub.ts";
import { vector } from "../testing/vectors.ts";
import type { MethodCall } from "./methods.ts";
import type { Session } from "./sessions/session.ts";

const filter = "$iothub/methods/POST/#";
const d1 = { deviceId: "d1" };

async function listener(hub: TestHub): Promise<{ session: Session; connection: FakeConnection }> {
  const device = await hub.device("d1");
  hub.listen(device.session, filter);
  return device;
}

/** The only request that was sent. */
function request(connection: FakeConnection): { name: string; rid: string; text: string; qos: number } {
  const [sent, ...more] = connection.take();
  expect(more).toEqual([]);
  const [, name = "", rid = ""] =
    /^\$iothub\/methods\/POST\/([^/]*)\/\?\$rid=(.*)$/.exec(sent?.topic ?? "") ?? [];
  return { name, rid, text: sent?.text ?? "", qos: sent?.qos ?? 0 };
}

async function failure(hub: TestHub, call: Partial<MethodCall>): Promise<unknown> {
  return hub.methods.invoke(d1, { methodName: "m", ...call }).catch((error: unknown) => error);
}

/** Runs everything that is ready to run. */
async function settle(hub: TestHub): Promise<void> {
  await hub.clock.advance(0);
}

describe("direct methods", () => {
  it("reach the device at QoS 0 and resolve with its status and payload", async () => {
    const hub = testHub();
    const { session, connection } = await listener(hub);
    const answer = hub.methods.invoke(d1, { methodName: "get Status", payload: { a: 1 } });
    await settle(hub);
    const { name, rid, text, qos } = request(connection);
    expect([name, text, qos]).toEqual([
      (vector("method-01").input["requestTopic"] as string).split("/")[3],
      '{"a":1}',
      0,
    ]);
    hub.from(session, `$iothub/methods/res/404/?$rid=${rid}`, { why: "no such" });
    expect(await answer).toEqual({ status: 404, payload: { why: "no such" } });
    expect(hub.takeTypes().slice(-2)).toEqual(["methodInvoked", "methodAnswered"]);
    expect(hub.clock.timers).toBe(1); // that of the session's token
  });

  it.each([
    [undefined, "null"],
    [null, "null"],
    ["text", '"text"'],
    [0, "0"],
    [[], "[]"],
  ])("send any JSON: %j", async (payload, expected) => {
    const hub = testHub();
    const { session, connection } = await listener(hub);
    const answer = hub.methods.invoke(d1, { methodName: "m", payload });
    await settle(hub);
    const { rid, text } = request(connection);
    expect(text).toBe(expected);
    hub.from(session, `$iothub/methods/res/200/?$rid=${rid}`, "");
    expect(await answer).toEqual({ status: 200, payload: null });
  });

  it("receive their own response when several wait", async () => {
    const hub = testHub();
    const { session, connection } = await listener(hub);
    const answers = ["a", "b", "c"].map((methodName) => hub.methods.invoke(d1, { methodName }));
    await settle(hub);
    const sent = connection.take();
    for (const { topic } of sent.reverse()) {
      const [, name, rid] = /POST\/(.)\/\?\$rid=(.*)$/.exec(topic) ?? [];
      hub.from(session, `$iothub/methods/res/200/?$rid=${rid}`, `"${name}"`);
    }
    expect((await Promise.all(answers)).map(({ payload }) => payload)).toEqual(["a", "b", "c"]);
  });

  it("refuse payloads without a JSON form, and payloads nested too deep, both ways: 400004", async () => {
    const hub = testHub();
    const { session, connection } = await listener(hub);
    let deep: unknown = 1;
    for (let level = 0; level < 50_000; level++) deep = [deep];
    for (const payload of [deep, 5n])
      expect(await failure(hub, { payload })).toMatchObject({ name: "ArgumentInvalid", errorCode: 400004 });
    const answer = failure(hub, {});
    await settle(hub);
    const { rid } = request(connection);
    hub.from(session, `$iothub/methods/res/200/?$rid=${rid}`, "[".repeat(50_000) + "]".repeat(50_000));
    expect(await answer).toMatchObject({ name: "ArgumentInvalid", errorCode: 400004 });
  });

  it("require a device that is connected and subscribed", async () => {
    const hub = testHub();
    const offline = {
      name: "DeviceNotOnline",
      statusCode: 404,
      errorCode: 404103,
      message: "Timed out waiting for device to connect.",
      info: { timeout: "00:00:00" },
    };
    expect(await failure(hub, {})).toMatchObject(offline);
    const { connection } = await hub.device("d1");
    expect(await failure(hub, {})).toMatchObject(offline);
    expect(connection.take()).toEqual([]);
  });

  it("wait for a device for connectTimeoutInSeconds", async () => {
    const hub = testHub();
    const answer = hub.methods.invoke(d1, { methodName: "m", connectTimeoutInSeconds: 30 });
    await hub.clock.advance(29_000);
    const { session, connection } = await hub.device("d1");
    await settle(hub);
    expect(connection.take()).toEqual([]);
    hub.listen(session, filter);
    await settle(hub);
    const { rid } = request(connection);
    hub.from(session, `$iothub/methods/res/200/?$rid=${rid}`, "1");
    expect(await answer).toEqual({ status: 200, payload: 1 });
  });

  it("reach a device that reconnects with a stored subscription", async () => {
    const hub = testHub();
    (await listener(hub)).connection.end("connectionLost");
    const answer = hub.methods.invoke(d1, { methodName: "m", connectTimeoutInSeconds: 1 });
    const { session, connection } = await hub.device("d1");
    await settle(hub);
    hub.from(session, `$iothub/methods/res/200/?$rid=${request(connection).rid}`, "2");
    expect(await answer).toEqual({ status: 200, payload: 2 });
  });

  it("fail if the device does not connect", async () => {
    const hub = testHub();
    const answer = failure(hub, { connectTimeoutInSeconds: 90 });
    await hub.clock.advance(90_000);
    expect(await answer).toMatchObject({ errorCode: 404103, info: { timeout: "00:01:30" } });
    expect(hub.clock.timers).toBe(0);
  });

  it("fail if the device does not respond within 30 seconds of its connection", async () => {
    const hub = testHub();
    const { session, connection } = await listener(hub);
    const answer = failure(hub, {});
    await hub.clock.advance(29_999);
    const { rid } = request(connection);
    await hub.clock.advance(1);
    expect(await answer).toMatchObject({
      name: "GatewayTimeout",
      statusCode: 504,
      errorCode: 504101,
      message: "Timed out waiting for the response from device.",
    });
    // A late response has no effect.
    expect(hub.from(session, `$iothub/methods/res/200/?$rid=${rid}`, "1")).toBeUndefined();
  });

  it("fail when the device disconnects while they wait", async () => {
    const hub = testHub();
    const { connection } = await listener(hub);
    const answer = failure(hub, {});
    await settle(hub);
    connection.end("connectionLost");
    expect(await answer).toMatchObject({
      name: "DeviceConnectionClosedRemotely",
      statusCode: 404,
      errorCode: 404104,
    });
    expect(hub.clock.timers).toBe(0);
  });

  it("ignore responses from another device and responses without a request id", async () => {
    const hub = testHub();
    hub.identities.create({ deviceId: "d2" }, {});
    const { session, connection } = await listener(hub);
    const other = await hub.device("d2");
    const answer = hub.methods.invoke(d1, { methodName: "m" });
    await settle(hub);
    const { rid } = request(connection);
    hub.from(other.session, `$iothub/methods/res/200/?$rid=${rid}`, '"stolen"');
    hub.from(session, "$iothub/methods/res/200/", '"nameless"');
    hub.from(session, `$iothub/methods/res/200/?$rid=${rid}`, '"mine"');
    expect(await answer).toEqual({ status: 200, payload: "mine" });
  });

  it("fail with a response that isn't JSON or is too large", async () => {
    const hub = testHub();
    const { session, connection } = await listener(hub);
    for (const [body, name] of [
      ["{oops", "ArgumentInvalid"],
      [new Uint8Array(131_073), "MessageTooLarge"],
    ] as const) {
      const answer = failure(hub, {});
      await settle(hub);
      hub.from(session, `$iothub/methods/res/200/?$rid=${request(connection).rid}`, body);
      expect(await answer).toMatchObject({ name });
    }
  });

  it.each([
    [{ responseTimeoutInSeconds: 4 }, "responseTimeoutInSeconds must be an integer from 5 to 300, got 4."],
    [
      { responseTimeoutInSeconds: 301 },
      "responseTimeoutInSeconds must be an integer from 5 to 300, got 301.",
    ],
    [
      { responseTimeoutInSeconds: 5.5 },
      "responseTimeoutInSeconds must be an integer from 5 to 300, got 5.5.",
    ],
    [{ connectTimeoutInSeconds: -1 }, "connectTimeoutInSeconds must be an integer from 0 to 300, got -1."],
    [{ connectTimeoutInSeconds: 301 }, "connectTimeoutInSeconds must be an integer from 0 to 300, got 301."],
    [{ methodName: "" }, "methodName must be a string of 1 to 100 characters."],
    [{ methodName: "x".repeat(101) }, "methodName must be a string of 1 to 100 characters."],
  ])("are refused: %j", async (call, message) => {
    expect(await failure(testHub(), call)).toMatchObject({ statusCode: 400, errorCode: 400004, message });
  });

  it("can have up to 128 KB", async () => {
    const hub = testHub();
    expect(await failure(hub, { payload: "x".repeat(131_071) })).toMatchObject({ errorCode: 413001 });
    expect(await failure(hub, { payload: "x".repeat(131_070) })).toMatchObject({ errorCode: 404103 });
  });

  it("end with the hub", async () => {
    const hub = testHub();
    await listener(hub);
    hub.identities.create({ deviceId: "d2" }, {});
    const calls = [
      failure(hub, {}),
      hub.methods
        .invoke({ deviceId: "d2" }, { methodName: "m", connectTimeoutInSeconds: 9 })
        .catch((error: unknown) => error),
    ];
    await settle(hub);
    hub.end();
    expect(await Promise.all(calls)).toMatchObject([{ statusCode: 404 }, { errorCode: 404103 }]);
    expect(hub.clock.timers).toBe(0);
  });
});
