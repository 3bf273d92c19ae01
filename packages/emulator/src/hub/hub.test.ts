import { describe, expect, it } from "vitest";
import { testHub } from "../testing/hub.ts";
import { vector } from "../testing/vectors.ts";

const c2d = "devices/d1/messages/devicebound/#";
const day = 24 * 3600;

describe("a CONNECT", () => {
  it("is accepted with a valid token", async () => {
    const hub = testHub();
    const { outcome, connection } = await hub.attempt("d1", { keepAlive: 90 });
    expect(outcome).toMatchObject({
      session: { key: "d1", sessionPresent: false, connectFields: { keepAlive: 90 } },
    });
    // The device counts as connected when the CONNACK was sent.
    expect(hub.views.device("d1").connectionState).toBe("Disconnected");
    if ("session" in outcome) hub.operations.ready(outcome.session);
    expect(hub.views.device("d1")).toMatchObject({
      connectionState: "Connected",
      lastActivityTime: "2026-01-01T00:00:00.000Z",
    });
    expect(connection.ended).toBeUndefined();
    expect(hub.seen).toMatchObject([
      { type: "deviceConnected", transport: "tls", sessionPresent: false, clean: false },
    ]);
  });

  it.each([
    ["an unknown device", "unknown", {}, 5, "unknownDevice"],
    ["an invalid client id", "a/b/c", {}, 5, "identityMismatch"],
    ["another client's user name", "d1", { userName: "localhost/d2/?api-version=1" }, 5, "identityMismatch"],
    ["a malformed user name", "d1", { userName: "d1" }, 4, "malformedUserName"],
    ["another hub", "d1", { userName: "otherhub.net/d1/?api-version=1" }, 5, "unknownHost"],
    ["a malformed token", "d1", { token: "password" }, 5, "badCredential"],
    ["an empty client id", "", { userName: "localhost//?api-version=1" }, 5, "identityMismatch"],
  ] as const)("is refused for %s", async (_case, clientId, options, returnCode, reason) => {
    const hub = testHub();
    const { outcome } = await hub.attempt(clientId, options);
    expect(outcome).toMatchObject({ returnCode, reason });
    expect(hub.seen).toMatchObject([{ type: "connectionRefused", deviceId: clientId, returnCode, reason }]);
    expect(hub.sessions.list()).toEqual([]);
  });

  it("is accepted without a version in its user name, with a warning, unless one is required", async () => {
    const userName = "localhost/d1/";
    const hub = testHub();
    expect((await hub.attempt("d1", { userName })).outcome).toHaveProperty("session");
    expect(hub.seen).toMatchObject([{ type: "warning", deviceId: "d1", about: "apiVersion" }]);
    const strict = testHub({ requireApiVersion: true });
    expect((await strict.attempt("d1", { userName })).outcome).toMatchObject({
      returnCode: 4,
      reason: "malformedUserName",
    });
  });

  it("is refused for an unknown module, which the event names", async () => {
    const hub = testHub();
    expect((await hub.attempt("d1/m1")).outcome).toMatchObject({ returnCode: 5, reason: "unknownDevice" });
    expect(hub.seen).toMatchObject([{ type: "connectionRefused", deviceId: "d1", moduleId: "m1" }]);
  });

  it("is refused without a password, and with one that isn't UTF-8", async () => {
    const hub = testHub();
    for (const password of [undefined, Uint8Array.of(0xff, 0xfe)]) {
      const { connection } = await hub.attempt("d1");
      const connectFields = { clientId: "d1", clean: true, keepAlive: 60 };
      const outcome = await hub.connect({
        connectFields,
        userName: "localhost/d1/?api-version=1",
        password,
        connection,
      });
      expect(outcome).toMatchObject({ returnCode: 5, reason: "badCredential" });
    }
  });

  it("is refused with an expired token, and accepted within the clock-skew tolerance", async () => {
    const hub = testHub();
    expect((await hub.attempt("d1", { token: await hub.token("d1", -1) })).outcome).toMatchObject({
      detail: "the SAS token has expired",
    });
    const lenient = testHub({ sasClockSkewSeconds: 300 });
    await lenient.device("d1", { token: await lenient.token("d1", -300) });
    expect((await lenient.attempt("d1", { token: await lenient.token("d1", -301) })).outcome).toMatchObject({
      returnCode: 5,
    });
  });

  it("is refused for a disabled device and its modules", async () => {
    const hub = testHub();
    hub.identities.create({ deviceId: "d1", moduleId: "m1" }, {});
    await hub.device("d1/m1");
    hub.identities.update({ deviceId: "d1" }, { status: "disabled" });
    for (const clientId of ["d1", "d1/m1"]) {
      expect((await hub.attempt(clientId)).outcome).toMatchObject({
        returnCode: 5,
        reason: "deviceDisabled",
      });
    }
    hub.identities.update({ deviceId: "d1" }, { status: "enabled" });
    await hub.device("d1/m1");
  });

  it("is accepted with either key, and refused with a replaced one", async () => {
    const hub = testHub();
    const old = await hub.token("d1");
    const { primaryKey } = hub.registry.require({ deviceId: "d1" });
    hub.identities.update({ deviceId: "d1" }, { primaryKey: btoa("k".repeat(32)), secondaryKey: primaryKey });
    await hub.device("d1", { token: old });
    hub.identities.update({ deviceId: "d1" }, { secondaryKey: btoa("x".repeat(32)) });
    expect((await hub.attempt("d1", { token: old })).outcome).toMatchObject({
      returnCode: 5,
      reason: "badCredential",
    });
    await hub.device("d1");
  });

  it("can spell the host name in any case and with a port, as the official SDKs do", async () => {
    const hub = testHub();
    for (const host of ["LOCALHOST", "localhost:8883", "MyHub.azure-devices.net"]) {
      expect((await hub.attempt("d1", { userName: `${host}/d1/?api-version=1` })).outcome).toHaveProperty(
        "session",
      );
    }
    const key = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    hub.identities.create({ deviceId: "device1" }, { primaryKey: key });
    hub.clock.jump(Date.parse("2024-12-31T23:59:00Z") - hub.clock.now());
    const { username } = vector("connect-06").expected as { username: string };
    const { token } = vector("sas-01").expected as { token: string };
    expect((await hub.attempt("device1", { userName: username, token })).outcome).toHaveProperty("session");
  });

  it("is closed without a CONNACK when its will has QoS 2; another will that isn't telemetry is ignored", async () => {
    const hub = testHub();
    const will = {
      topic: "devices/d1/messages/events/",
      payload: new Uint8Array(),
      qos: 1 as const,
      retain: false,
    };
    const { outcome } = await hub.attempt("d1", { will: { ...will, qos: 2 } });
    expect(outcome).toMatchObject({ reason: "badWill" });
    expect(outcome).not.toHaveProperty("returnCode");
    await hub.device("d1", { will });
    expect(hub.seen.filter(({ type }) => type === "warning")).toEqual([]);
    for (const topic of ["devices/d2/messages/events/", "lwt"]) {
      const { connection } = await hub.device("d1", { will: { ...will, topic } });
      connection.end("connectionLost");
      expect(
        hub.telemetry.read().filter(({ properties }) => "iothub-MessageType" in properties),
      ).toHaveLength(1);
    }
    expect(hub.seen.filter(({ type }) => type === "warning")).toMatchObject([
      { about: "will" },
      { about: "will" },
    ]);
  });
});

describe("a session", () => {
  it("ends when a newer connection of the same identity is accepted, and not before", async () => {
    const hub = testHub();
    const first = await hub.device("d1");
    await hub.attempt("d1", { token: "wrong" });
    expect(first.connection.ended).toBeUndefined();
    const second = await hub.device("d1");
    expect(first.connection.ended).toBe("takenOver");
    expect(second.connection.ended).toBeUndefined();
    expect(hub.sessions.live("d1")).toBe(second.session);
    expect(hub.seen.map((event) => [event.type, "reason" in event ? event.reason : ""]).slice(-2)).toEqual([
      ["deviceDisconnected", "takenOver"],
      ["deviceConnected", ""],
    ]);
  });

  it("is separate for a device and each of its modules", async () => {
    const hub = testHub();
    hub.identities.create({ deviceId: "d1", moduleId: "m1" }, {});
    const device = await hub.device("d1");
    await hub.device("d1/m1");
    expect(device.connection.ended).toBeUndefined();
    expect(hub.sessions.list()).toHaveLength(2);
  });

  it("keeps its subscriptions across connections, until a clean session", async () => {
    const hub = testHub();
    const first = await hub.device("d1");
    expect(first.session.sessionPresent).toBe(false);
    hub.listen(first.session, c2d, 0);
    hub.listen(first.session, "$iothub/twin/res/#", 2);
    first.connection.end("connectionLost");
    const second = await hub.device("d1");
    expect(second.session.sessionPresent).toBe(true);
    expect(second.session.subscriptions.byKind()).toEqual({ c2d: 0, twinResponses: 1 });
    hub.operations.unsubscribe(second.session, c2d);
    expect((await hub.device("d1")).session.subscriptions.byKind()).toEqual({ twinResponses: 1 });
    const clean = await hub.device("d1", { clean: true });
    expect([clean.session.sessionPresent, clean.session.subscriptions.size]).toEqual([false, 0]);
    hub.listen(clean.session, c2d);
    expect((await hub.device("d1")).session.sessionPresent).toBe(false);
  });

  it("grants filters of several kinds, and delivers only what a filter matches", async () => {
    const hub = testHub();
    const { session, connection } = await hub.device("d1");
    hub.listen(session, "$iothub/twin/#", 0);
    hub.from(session, "$iothub/twin/GET/?$rid=1");
    hub.twins.patchDesired({ deviceId: "d1" }, { a: 1 });
    expect(connection.take().map(({ topic }) => topic)).toEqual([
      "$iothub/twin/res/200/?$rid=1",
      "$iothub/twin/PATCH/properties/desired/?$version=2",
    ]);
    hub.operations.unsubscribe(session, "$iothub/twin/#");
    hub.listen(session, "$iothub/twin/res/200/#");
    hub.from(session, "$iothub/twin/GET/?$rid=2");
    hub.from(session, "$iothub/twin/PATCH/properties/reported/?$rid=3", "no JSON");
    hub.twins.patchDesired({ deviceId: "d1" }, { a: 2 });
    expect(connection.take().map(({ topic }) => topic)).toEqual(["$iothub/twin/res/200/?$rid=2"]);
    expect(hub.seen.at(-2)).toMatchObject({ type: "warning", about: "twinRequest" });
  });

  it("grants up to QoS 1, and refuses undocumented filters", async () => {
    const hub = testHub();
    const { session } = await hub.device("d1");
    expect([0, 1, 2].map((qos) => hub.operations.subscribe(session, c2d, qos as 0))).toEqual([0, 1, 1]);
    expect(hub.operations.subscribe(session, "devices/d1/#", 1)).toBe(128);
    expect(hub.seen.at(-1)).toMatchObject({ type: "subscribed", filter: "devices/d1/#", granted: 128 });
    expect(session.ended).toBe(false);
  });

  it("ends with its token, however long the token is valid", async () => {
    const hub = testHub();
    const { connection } = await hub.device("d1", { token: await hub.token("d1", 10 * 365 * day) });
    // Longer than a 32-bit timer: 24.8 days.
    await hub.clock.advance(26 * day * 1000);
    expect(connection.ended).toBeUndefined();
    connection.end("kicked");
    expect(hub.clock.timers).toBe(0);
    const short = await hub.device("d1", { token: await hub.token("d1", 30 * day) });
    await hub.clock.advance(30 * day * 1000);
    expect(short.connection.ended).toBeUndefined();
    await hub.clock.advance(2);
    expect(short.connection.ended).toBe("tokenExpired");
    expect(hub.seen.at(-1)).toMatchObject({ type: "deviceDisconnected", reason: "tokenExpired" });
  });

  it("ends at once when the clock was set past the end of its token and checkExpiry is called", async () => {
    const hub = testHub();
    const { connection } = await hub.device("d1");
    hub.checkExpiry();
    expect(connection.ended).toBeUndefined();
    hub.clock.jump(3_600_001);
    hub.checkExpiry();
    expect(connection.ended).toBe("tokenExpired");
  });

  it("ends when its device is disabled or deleted, like those of its modules", async () => {
    const hub = testHub();
    hub.identities.create({ deviceId: "d1", moduleId: "m1" }, {});
    hub.identities.create({ deviceId: "d2" }, {});
    const other = await hub.device("d2");
    const [device, module] = [await hub.device("d1"), await hub.device("d1/m1")];
    hub.identities.update({ deviceId: "d1" }, { primaryKey: btoa("k".repeat(16)) });
    expect(device.connection.ended).toBeUndefined();
    hub.identities.update({ deviceId: "d1" }, { status: "disabled" });
    expect([device.connection.ended, module.connection.ended]).toEqual(["deviceDisabled", "deviceDisabled"]);
    hub.identities.update({ deviceId: "d1" }, { status: "enabled" });
    const again = await hub.device("d1");
    hub.identities.delete({ deviceId: "d1" });
    expect(again.connection.ended).toBe("deviceDeleted");
    expect(other.connection.ended).toBeUndefined();
    expect(hub.registry.list().map(({ deviceId }) => deviceId)).toEqual(["d2"]);
  });

  it("and everything that belongs to a device are deleted with it, and don't return when it is recreated", async () => {
    const hub = testHub();
    const { session } = await hub.device("d1");
    hub.listen(session, c2d);
    hub.twins.patchTags({ deviceId: "d1" }, { a: 1 });
    const { generationId } = hub.registry.require({ deviceId: "d1" });
    hub.identities.delete({ deviceId: "d1" });
    hub.identities.create({ deviceId: "d1" }, {});
    expect(hub.registry.require({ deviceId: "d1" }).generationId).not.toBe(generationId);
    expect(hub.views.twin({ deviceId: "d1" }).tags).toEqual({});
    expect((await hub.device("d1")).session.sessionPresent).toBe(false);
  });

  it("that has ended has no further effect", async () => {
    const hub = testHub();
    const { session, connection } = await hub.device("d1");
    hub.listen(session, c2d);
    connection.end("kicked");
    hub.operations.disconnected(session, "connectionLost");
    hub.operations.subscribed(session);
    hub.operations.ready(session);
    hub.c2d.send("d1", "x");
    expect(connection.take()).toEqual([]);
    expect(hub.seen.filter(({ type }) => type === "deviceDisconnected")).toMatchObject([
      { reason: "kicked" },
    ]);
  });
});

describe("a will", () => {
  const will = {
    topic: "devices/d1/messages/events/a=b",
    payload: new TextEncoder().encode("gone"),
    qos: 1 as const,
    retain: false,
  };

  it.each(["connectionLost", "keepAliveTimeout", "takenOver", "protocolError"] as const)(
    "is telemetry after %s",
    async (reason) => {
      const hub = testHub();
      const { connection } = await hub.device("d1", { will });
      connection.end(reason);
      expect(hub.telemetry.read()).toMatchObject([
        { deviceId: "d1", properties: { a: "b", "iothub-MessageType": "Will" }, body: will.payload },
      ]);
    },
  );

  it("is not published after a DISCONNECT", async () => {
    const hub = testHub();
    const { connection } = await hub.device("d1", { will });
    connection.end("clientDisconnect");
    expect(hub.telemetry.read()).toEqual([]);
  });

  it("with RETAIN gets the property mqtt-retain", async () => {
    const hub = testHub();
    const { connection } = await hub.device("d1", { will: { ...will, retain: true } });
    connection.end("connectionLost");
    expect(hub.telemetry.read()[0]?.properties).toEqual({
      a: "b",
      "iothub-MessageType": "Will",
      "mqtt-retain": "true",
    });
  });
});

describe("a closed hub", () => {
  it("ends every connection and leaves no timer", async () => {
    const hub = testHub();
    const { session, connection } = await hub.device("d1");
    hub.listen(session, c2d);
    hub.c2d.send("d1", "x");
    hub.end();
    expect(connection.ended).toBe("hubStopped");
    expect(hub.clock.timers).toBe(0);
  });
});
