// Clients that find their hub through provisioning, with an MQTT engine, two in-memory hubs and a provisioning service.
import { afterEach, describe, expect, it } from "vitest";
import { engineOfThisRun } from "../../test/engines.ts";
import { failure } from "../../test/failure.ts";
import { parseSasToken } from "../auth/sas-token.ts";
import { ConnectionFailedError } from "../errors.ts";
import { firstPatience } from "../provisioning/assignment-state.ts";
import { fleetKey, MemoryFleet } from "../testing/memory-fleet.ts";
import { turn, until } from "../testing/until.ts";
import { fromUtf8 } from "../util/text.ts";

const engine = engineOfThisRun();

const fleets: MemoryFleet[] = [];
function make(): MemoryFleet {
  const fleet = new MemoryFleet(engine);
  fleets.push(fleet);
  return fleet;
}
afterEach(async () => {
  for (const fleet of fleets.splice(0)) await fleet.end();
});

const atB = { assignedHub: "b.example", deviceId: "d2" } as const;
const textOf = ({ payload }: { payload: Uint8Array }): string => fromUtf8(payload);

/** Moves the device to the second hub: the first one closes its connection, and refuses it from then on. */
function move(fleet: MemoryFleet): void {
  fleet.verdict = atB;
  fleet.refusing.add(fleet.a);
  fleet.runtime.peer.close();
}

describe("a provisioned client", () => {
  it("doesn't connect when it is created, registers on its first connection, and uses the assigned device id", async () => {
    const fleet = make();
    const client = fleet.client({ provisioningPayload: { model: "x" } });
    expect(fleet.dialled).toEqual([]);
    await client.sendMessage("hello");
    expect(fleet.dialled).toEqual(["dps", "a"]);
    expect(fleet.registrations).toEqual([{ registrationId: "reg-1", payload: { model: "x" } }]);
    expect(fleet.a.telemetry).toMatchObject([{ topic: "devices/d1/messages/events/" }]);
    const [connect] = fleet.runtime.peer.all("connect");
    expect(connect).toMatchObject({
      clientId: "d1",
      username: expect.stringMatching(/^a\.example\/d1\/\?api-version=/),
    });
    expect(parseSasToken(connect?.password).resource).toBe("a.example/devices/d1");
  });

  it("doesn't register again to reconnect, renew its token or connect again", async () => {
    const fleet = make();
    const client = fleet.client({}, { sastokenTtl: 300 });
    await client.connect();
    fleet.runtime.peer.close(new Error("lost"));
    await fleet.runtime.pass(2000);
    await fleet.connected(3);
    await fleet.runtime.pass(200_000);
    await fleet.connected(4);
    await client.disconnect();
    await client.connect();
    expect(fleet.dialled).toEqual(["dps", "a", "a", "a", "a"]);
    expect(fleet.registrations).toHaveLength(1);
  });

  it("gives each step of registering again 10 s, so that a message outlives a dead connection", async () => {
    const fleet = make();
    const client = fleet.client();
    await client.connect();
    let dead = 1;
    fleet.runtime.onDial = ({ host }) =>
      host === "dps.example" && dead-- > 0 ? new Promise(() => {}) : undefined;
    move(fleet);
    const sent = client.sendMessage("x");
    await fleet.runtime.pass(12_000);
    await sent;
    expect(fleet.b.telemetry.map(textOf)).toEqual(["x"]);
    expect(fleet.background).toContainEqual(
      expect.objectContaining({
        code: "operation_timeout",
        message: expect.stringContaining("within 10000 ms"),
      }),
    );
  });

  it("gives a first registration, which isn't repeated, only the time limit for all steps", async () => {
    const fleet = make();
    const client = fleet.client({}, { connectTimeoutMs: 30_000 });
    fleet.runtime.onDial = () => new Promise(() => {});
    const connecting = failure(client.connect());
    await fleet.runtime.pass(30_000);
    expect(await connecting).toMatchObject({ message: expect.stringContaining("within 30000 ms") });
  });

  it("rejects connect() with the error of the service, and registers on the next one", async () => {
    const fleet = make();
    const client = fleet.client();
    fleet.verdict = { status: 200, body: { operationId: "5.op", status: "disabled" } };
    expect(await failure(client.connect())).toMatchObject({ code: "registration_disabled" });
    expect(client.state).toMatchObject({ status: "disconnected" });
    fleet.verdict = { assignedHub: "a.example", deviceId: "d1" };
    await client.connect();
    expect(fleet.dialled).toEqual(["dps", "dps", "a"]);
  });

  it("rejects with ProtocolError if the assignment isn't valid", async () => {
    const fleet = make();
    for (const verdict of [
      { assignedHub: "", deviceId: "d1" },
      { assignedHub: "a/b", deviceId: "d1" },
      { assignedHub: "ws://a.example", deviceId: "d1" },
      { assignedHub: "a.example", deviceId: "a b" },
    ]) {
      fleet.verdict = verdict;
      expect(await failure(fleet.client().connect())).toMatchObject({ code: "protocol_error" });
    }
  });

  it("aborts a registration if no connection is wanted anymore", async () => {
    const fleet = make();
    const client = fleet.client();
    fleet.verdict = { status: 202, body: { operationId: "5.op", status: "assigning" } };
    const connecting = failure(client.connect());
    await until(() => fleet.registrations.length === 1, "the registration");
    await client.disconnect();
    expect(await connecting).toMatchObject({ code: "operation_cancelled" });
    await fleet.runtime.rest();
    expect([fleet.runtime.open, fleet.runtime.clock.timers]).toEqual([[], 0]);
  });

  it("doesn't connect to the assigned hub if no connection is wanted anymore", async () => {
    const fleet = make();
    let stored = (): void => {};
    const set = (): Promise<void> => new Promise((resolve) => (stored = resolve));
    const client = fleet.client({ storage: { get: () => undefined, set } });
    const connecting = failure(client.connect());
    await until(
      () => fleet.logs.some(({ message }) => message.includes("assigned to a.example")),
      "the assignment",
    );
    await client.disconnect();
    stored();
    await fleet.runtime.rest();
    expect(await connecting).toMatchObject({ code: "operation_cancelled" });
    expect(fleet.dialled).toEqual(["dps"]);
  });

  it("connects to find the hub that it uploads to", async () => {
    const fleet = make();
    const asked: string[] = [];
    fleet.runtime.onFetch = async ({ url }) => {
      asked.push(url);
      return { status: 404, headers: {}, body: new Uint8Array() };
    };
    const client = fleet.client();
    expect(await failure(client.getStorageInfoForBlob("x"))).toMatchObject({ statusCode: 404 });
    expect(asked).toEqual(["https://a.example:443/devices/d1/files?api-version=2021-04-12"]);
    const alone = fleet.client({ registrationId: "reg-2" }, { autoConnect: false });
    expect(await failure(alone.getStorageInfoForBlob("x"))).toMatchObject({ code: "not_connected" });
  });
});

describe("a moved device", () => {
  it("registers again, and sends unacknowledged messages to the new hub", async () => {
    const fleet = make();
    const client = fleet.client();
    client.handleMethod("reboot", () => ({}));
    await client.sendMessage("before");
    const states: string[] = [];
    client.on("connectionStateChange", ({ status }) => states.push(status));
    // It acknowledges nothing from here on.
    const refuse = fleet.a.intercept;
    fleet.a.intercept = (packet, peer) => packet.type === "publish" || refuse(packet, peer);
    const sent = ["1", "2", "3"].map((text) => client.sendMessage(text));
    const old = fleet.runtime.peer;
    await until(() => old.all("publish").length === 4, "messages in flight");
    fleet.a.intercept = refuse;
    move(fleet);
    await turn();
    const waiting = client.sendMessage({ n: 4 });
    await fleet.runtime.pass(1000);
    await Promise.all([...sent, waiting]);
    expect(fleet.dialled).toEqual(["dps", "a", "a", "dps", "b"]);
    expect(states).toEqual(["waiting", "connecting", "connected"]);
    expect(fleet.b.telemetry.map(textOf)).toEqual(["1", "2", "3", '{"n":4}']);
    for (const { topic, dup } of fleet.b.telemetry) {
      expect([topic.startsWith("devices/d2/messages/events/"), dup]).toEqual([true, false]);
    }
    const [connect] = fleet.runtime.peer.all("connect");
    expect(connect).toMatchObject({ clientId: "d2", username: expect.stringContaining("b.example/d2/") });
    expect(parseSasToken(connect?.password).resource).toBe("b.example/devices/d2");
    expect(fleet.background).toMatchObject([{ code: "connection_dropped" }]);
  });

  it("subscribes again at the new hub with its new id, whether or not that has a session", async () => {
    const fleet = make();
    const client = fleet.client();
    client.onMessageReceived = () => {};
    client.handleMethod("reboot", () => ({}));
    await fleet.connected(2);
    fleet.b.intercept = (packet, peer) => {
      if (packet.type !== "connect") return false;
      peer.send({ type: "connack", sessionPresent: true, returnCode: 0 });
      return true;
    };
    move(fleet);
    await fleet.runtime.pass(1000);
    const peer = await fleet.connected(5);
    expect(peer.all("subscribe").flatMap(({ filters }) => filters.map(({ filter }) => filter))).toEqual([
      "devices/d2/messages/devicebound/#",
      "$iothub/methods/POST/#",
    ]);
  });

  it("gets the differences to the new hub's twin as one patch, although versions start over", async () => {
    const fleet = make();
    fleet.a.twin = { desired: { a: 1, gone: true, $version: 9 }, reported: { $version: 9 } };
    fleet.b.twin = { desired: { a: 2, $version: 2 }, reported: { $version: 1 } };
    const client = fleet.client();
    const patches: unknown[] = [];
    client.onTwinDesiredPropertiesPatchReceived = (patch) => patches.push(patch);
    await until(() => patches.length === 1, "the first twin");
    move(fleet);
    await fleet.runtime.pass(1000);
    await until(() => patches.length === 2, "the difference");
    fleet.b.patchDesired({ a: 3 });
    await until(() => patches.length === 3, "a patch of the new hub");
    expect(patches).toEqual([
      { a: 1, gone: true, $version: 9 },
      { a: 2, gone: null, $version: 2 },
      { a: 3, $version: 3 },
    ]);
    expect((await client.getTwin()).desired).toMatchObject({ a: 3 });
  });

  it("doesn't answer calls of the old hub, and accepts messages with ids that the old one used", async () => {
    const fleet = make();
    const client = fleet.client();
    let answer = (): void => {};
    client.handleMethod("reboot", () => new Promise((resolve) => (answer = () => resolve({ status: 200 }))));
    const messages: string[] = [];
    // The handler for the old hub's call is still running.
    client.onMessageReceived = (message) => {
      messages.push(message.text());
      return messages.length === 1 ? new Promise(() => {}) : undefined;
    };
    const old = await fleet.connected(2);
    old.publish("devices/d1/messages/devicebound/%24.mid=m1", "of a", { qos: 1 });
    old.publish("$iothub/methods/POST/reboot/?$rid=1", "{}");
    await until(() => messages.length === 1, "the message");
    fleet.verdict = atB;
    fleet.refusing.add(fleet.a);
    old.close();
    await turn();
    answer();
    await fleet.runtime.pass(1000);
    const peer = await fleet.connected(5);
    peer.publish("devices/d2/messages/devicebound/%24.mid=m1", "of b", { qos: 1, dup: true });
    await until(() => messages.length === 2, "the message of the new hub");
    expect(messages).toEqual(["of a", "of b"]);
    await fleet.runtime.rest();
    expect(fleet.b.methodResponses).toEqual([]);
    expect(fleet.background.map((error) => Reflect.get(error, "code"))).toContain("connection_dropped");
  });

  it("doesn't send the new hub the response to a call of the old one with the same id", async () => {
    const fleet = make();
    const client = fleet.client();
    const answers: (() => void)[] = [];
    client.handleMethod(
      "reboot",
      () => new Promise((resolve) => answers.push(() => resolve({ status: answers.length }))),
    );
    const old = await fleet.connected(2);
    old.publish("$iothub/methods/POST/reboot/?$rid=1", "{}");
    await until(() => answers.length === 1, "the call of the old hub");
    move(fleet);
    await fleet.runtime.pass(1000);
    const peer = await fleet.connected(5);
    peer.publish("$iothub/methods/POST/reboot/?$rid=1", "{}");
    await until(() => answers.length === 2, "the call of the new hub");
    for (const answer of answers) answer();
    await until(() => fleet.b.methodResponses.length > 0 && fleet.background.length === 2, "both");
    expect(fleet.b.methodResponses.map(({ topic }) => topic)).toEqual(["$iothub/methods/res/2/?$rid=1"]);
    expect(fleet.background[1]).toMatchObject({
      code: "connection_dropped",
      message: expect.stringContaining("another hub"),
    });
  });

  it("ends with the error of the service if that refuses it, too, and so do queued messages", async () => {
    const fleet = make();
    const client = fleet.client();
    await client.connect();
    move(fleet);
    fleet.verdict = "refuse";
    await turn();
    const sent = failure(client.sendMessage("never"));
    await fleet.runtime.pass(1000);
    const error = await sent;
    expect(error).toMatchObject({
      name: "CredentialError",
      code: "not_authorized",
      remediation: expect.stringContaining("id scope"),
    });
    expect(client.state).toMatchObject({ status: "disconnected", reason: error });
    await fleet.runtime.pass(600_000, 60_000);
    expect(fleet.dialled).toEqual(["dps", "a", "a", "dps"]);
  });

  it.each([2, 4])("registers again after CONNACK %i, too", async (code) => {
    const fleet = make();
    const client = fleet.client();
    await client.connect();
    fleet.refusalCode = code;
    move(fleet);
    await fleet.runtime.pass(1000);
    expect(fleet.dialled).toEqual(["dps", "a", "a", "dps", "b"]);
    expect(client.connected).toBe(true);
  });

  it("ends if the hub refuses it right after the assignment, instead of registering repeatedly", async () => {
    const fleet = make();
    const client = fleet.client();
    await client.connect();
    fleet.refusing.add(fleet.a);
    fleet.runtime.peer.close();
    await fleet.runtime.pass(600_000, 60_000);
    expect(fleet.dialled).toEqual(["dps", "a", "a", "dps", "a"]);
    expect(client.state).toMatchObject({ status: "disconnected", reason: { code: "not_authorized" } });
  });

  it("retries an unreachable service with the connection's backoff, and continues once it is back", async () => {
    const fleet = make();
    const client = fleet.client({}, { connectionRetryInterval: 10 });
    await client.connect();
    move(fleet);
    fleet.runtime.onDial = ({ host }) =>
      host === "dps.example"
        ? Promise.reject(new ConnectionFailedError("connect_failed", "away"))
        : undefined;
    await turn();
    const sent = client.sendMessage("kept");
    await fleet.runtime.pass(35_000);
    expect(fleet.dialled).toEqual(["dps", "a", "a", "dps", "dps", "dps"]);
    expect(client.state).toMatchObject({ status: "waiting", reason: { code: "connect_failed" } });
    fleet.runtime.onDial = undefined;
    await fleet.runtime.pass(10_000);
    await sent;
    expect(fleet.b.telemetry.map(textOf)).toEqual(["kept"]);
  });

  it("registers again if its hub is unreachable for long, and connects to the assigned hub", async () => {
    const fleet = make();
    const client = fleet.client({}, { connectionRetryInterval: 10 });
    await client.connect();
    const away = new Set(["a.example", "dps.example"]);
    fleet.runtime.onDial = ({ host }) =>
      away.has(host) ? Promise.reject(new ConnectionFailedError("connect_failed", "away")) : undefined;
    fleet.runtime.peer.close(new Error("gone"));
    const inVain = Array(firstPatience).fill("a");
    await fleet.runtime.pass(10_000 * (firstPatience + 1));
    // The next attempt registers; without an answer it uses the known hub.
    expect(fleet.dialled).toEqual(["dps", "a", ...inVain, "dps", "a"]);
    away.delete("dps.example");
    fleet.verdict = atB;
    await fleet.runtime.pass(10_000 * firstPatience);
    expect(fleet.dialled.slice(4 + firstPatience)).toEqual([...inVain.slice(1), "dps", "b"]);
    expect(client.connected).toBe(true);
  });
});

describe("a stored assignment", () => {
  const key = "isohub/assignment/dps.example/0ne00000000/reg-1";

  it("leads to the hub without registering, and contains no secrets", async () => {
    const fleet = make();
    const storage = new Map<string, string>();
    await fleet.client({ storage }).connect();
    expect([...storage]).toEqual([[key, '{"assignedHub":"a.example","deviceId":"d1"}']]);
    await fleet.clients[0]?.shutdown();
    await fleet.client({ storage }).connect();
    expect(fleet.dialled).toEqual(["dps", "a", "a"]);
    expect([...storage.values()].join()).not.toContain(fleetKey);
  });

  it("is replaced on the first connection if it is outdated", async () => {
    const fleet = make();
    const storage = new Map([[key, '{"assignedHub":"a.example","deviceId":"d1"}']]);
    fleet.refusing.add(fleet.a);
    fleet.verdict = atB;
    const client = fleet.client({ storage });
    await client.sendMessage("hello");
    expect(fleet.dialled).toEqual(["a", "dps", "b"]);
    expect(storage.get(key)).toBe('{"assignedHub":"b.example","deviceId":"d2"}');
    expect(fleet.b.telemetry).toHaveLength(1);
  });

  it.each([
    "",
    "no JSON",
    "null",
    "[]",
    "{}",
    '{"assignedHub":"a.example"}',
    '{"assignedHub":1,"deviceId":"d1"}',
    '{"assignedHub":"a b","deviceId":"d1"}',
    '{"assignedHub":"ws://a.example","deviceId":"d1"}',
    '{"assignedHub":"a.example","deviceId":""}',
  ])("is ignored and logged if it isn't valid: %j", async (text) => {
    const fleet = make();
    const storage = new Map([[key, text]]);
    await fleet.client({ storage }).connect();
    expect(fleet.dialled).toEqual(["dps", "a"]);
    expect(storage.get(key)).toBe('{"assignedHub":"a.example","deviceId":"d1"}');
    expect(fleet.logs).toContainEqual({
      level: "warn",
      message: "The stored assignment is not valid and is ignored",
    });
    expect(fleet.background).toEqual([]);
  });

  it.each([
    [
      "throws",
      () => {
        throw new Error("no room");
      },
    ],
    ["rejects", () => Promise.reject(new Error("no room"))],
  ])(
    "is unavailable if the storage %s: the device registers, and the error is reported",
    async (_how, fail) => {
      const fleet = make();
      const client = fleet.client({ storage: { get: fail, set: fail } });
      await client.connect();
      await until(() => fleet.background.length === 2, "what failed");
      expect(fleet.background).toMatchObject([
        { code: "storage_failed", message: expect.stringContaining("no room") },
        { code: "storage_failed" },
      ]);
      expect(client.connected).toBe(true);
    },
  );

  it("is read once, even if the first attempt was aborted during the read", async () => {
    const fleet = make();
    let reads = 0;
    let give = (_text: string): void => {};
    const storage = {
      get: () =>
        new Promise<string>((resolve) => {
          reads += 1;
          give = resolve;
        }),
      set: () => {},
    };
    const client = fleet.client({ storage });
    const first = failure(client.connect());
    await client.disconnect();
    const second = client.connect();
    give('{"assignedHub":"b.example","deviceId":"d2"}');
    await second;
    expect(await first).toMatchObject({ code: "operation_cancelled" });
    expect([reads, fleet.dialled]).toEqual([1, ["b"]]);
  });

  it("isn't written again if it is the same", async () => {
    const fleet = make();
    const written: string[] = [];
    const storage = { get: () => undefined, set: (name: string) => written.push(name) };
    const client = fleet.client({ storage });
    await client.connect();
    let refusals = 1;
    const usual = fleet.a.intercept;
    fleet.a.intercept = (packet, peer) => {
      if (packet.type !== "connect" || refusals-- <= 0) return usual(packet, peer);
      peer.send({ type: "connack", sessionPresent: false, returnCode: 5 });
      return true;
    };
    fleet.runtime.peer.close();
    await fleet.runtime.pass(1000);
    await fleet.connected(5);
    expect(fleet.dialled).toEqual(["dps", "a", "a", "dps", "a"]);
    expect(written).toEqual([key]);
  });
});

describe("createFromProvisioning() rejects", () => {
  it.each([
    ["no object", undefined, {}, "invalid_argument", "must be an object, got undefined"],
    ["an unknown field", { scope: "x" }, {}, "unknown_option", "'scope'"],
    ["an unknown option", {}, { webSockets: true }, "unknown_option", "'webSockets'"],
    [
      "a registration id",
      { registrationId: "-a" },
      {},
      "invalid_argument",
      "1 to 128 letters, digits and - . _ :",
    ],
    [
      "an id scope",
      { idScope: "0ne/1" },
      {},
      "invalid_argument",
      "The id scope must be letters and digits such as 0ne00000000, got '0ne/1'",
    ],
    ["a host", { provisioningHost: "https://dps.example" }, {}, "invalid_argument", "host name"],
    ["a key", { symmetricKey: "no base64!" }, {}, "invalid_key", "base64"],
    [
      "no key",
      { symmetricKey: undefined },
      {},
      "invalid_argument",
      "exactly one of symmetricKey, x509, or signingMechanism; got none",
    ],
    [
      "a key and a signer",
      {},
      { signingMechanism: { sign: () => "" } },
      "invalid_argument",
      "got symmetricKey and signingMechanism",
    ],
    [
      "a payload",
      { provisioningPayload: 1n },
      {},
      "invalid_argument",
      "must be a value with a JSON form, got 1",
    ],
    ["a storage", { storage: {} }, {}, "invalid_argument", "'get' and 'set'"],
    [
      "a certificate here",
      { symmetricKey: undefined, x509: {} },
      {},
      "unsupported_feature",
      "isn't supported on memory",
    ],
  ])("%s", (_what, provisioning, options, code, message) => {
    const fleet = make();
    const given = provisioning as object | undefined;
    const create = (): unknown =>
      given === undefined
        ? (
            fleet.client().constructor as unknown as { createFromProvisioning(x: unknown): unknown }
          ).createFromProvisioning(given)
        : fleet.client(given, options as object);
    expect(create).toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) }));
    expect(create).not.toThrow(fleetKey);
    expect(fleet.dialled).toEqual([]);
  });
});
