import { describe, expect, it } from "vitest";
import { type TestHub, testHub } from "../../testing/hub.ts";

const c2dFilter = "devices/d1/messages/devicebound/#";
const moduleC2dFilter = "devices/d1/modules/m1/messages/devicebound/#";
const inputsFilter = "devices/d1/modules/m1/inputs/#";

function hubWithModule(moduleId = "m1"): TestHub {
  const hub = testHub();
  hub.identities.create({ deviceId: "d1", moduleId }, {});
  hub.seen.length = 0;
  return hub;
}

describe("modules", () => {
  it("are limited to 50 on a device, and have unique ids", () => {
    const hub = testHub();
    for (let at = 0; at < 50; at++) hub.identities.create({ deviceId: "d1", moduleId: `m${at}` }, {});
    expect(() => hub.identities.create({ deviceId: "d1", moduleId: "m51" }, {})).toThrow(
      expect.objectContaining({ name: "TooManyModulesOnDevice", statusCode: 413, errorCode: 413003 }),
    );
    expect(() => hub.identities.create({ deviceId: "d1", moduleId: "m0" }, {})).toThrow(
      expect.objectContaining({ name: "ModuleAlreadyExistsOnDevice", statusCode: 409, errorCode: 409301 }),
    );
    hub.identities.delete({ deviceId: "d1", moduleId: "m0" });
    hub.identities.create({ deviceId: "d1", moduleId: "m51" }, {});
    hub.identities.create({ deviceId: "d2" }, {});
    hub.identities.create({ deviceId: "d2", moduleId: "m1" }, {});
    expect(hub.registry.modules("d1")).toHaveLength(50);
  });

  it("are not found by a device id with a slash", () => {
    const hub = hubWithModule();
    expect(() => hub.registry.require({ deviceId: "d1/m1" })).toThrow(
      expect.objectContaining({ name: "DeviceNotFound" }),
    );
    expect(() => hub.c2d.send("d1/m1", "x")).toThrow(expect.objectContaining({ name: "DeviceNotFound" }));
    expect(hub.registry.named("d1/m1")).toMatchObject({ deviceId: "d1", moduleId: "m1" });
    expect(hub.registry.named("d1")).not.toHaveProperty("moduleId");
    expect(() => hub.registry.named("d1/x")).toThrow(expect.objectContaining({ name: "ModuleNotFound" }));
    expect(() => hub.registry.named("a/b/c")).toThrow(expect.objectContaining({ name: "DeviceNotFound" }));
  });

  it.each(["m1", "$edgeAgent", "$edgeHub", "a:b.c+d%_#*?!(),=@$'"])(
    "connect as device/%s",
    async (moduleId) => {
      const hub = hubWithModule(moduleId);
      const { session, connection } = await hub.device(`d1/${moduleId}`);
      expect(hub.seen).toMatchObject([{ type: "deviceConnected", deviceId: "d1", moduleId }]);
      expect(hub.views.module({ deviceId: "d1", moduleId }).connectionState).toBe("Connected");
      expect(hub.views.device("d1").connectionState).toBe("Disconnected");
      const root = `devices/d1/modules/${moduleId}`;
      expect(hub.listen(session, `${root}/inputs/#`)).toBe(1);
      expect(hub.from(session, `${root}/messages/events/%24.on=out%20put/`, "x")).toBeUndefined();
      expect(hub.telemetry.read()).toMatchObject([
        {
          deviceId: "d1",
          moduleId,
          systemProperties: {
            outputName: "out put",
            connectionDeviceId: "d1",
            connectionModuleId: moduleId,
            connectionDeviceGenerationId: hub.registry.require({ deviceId: "d1", moduleId }).generationId,
            connectionAuthMethod: expect.stringContaining('"scope":"module","type":"sas"'),
          },
        },
      ]);
      expect(connection.ended).toBeUndefined();
    },
  );

  it("connect with their own keys and with those of a policy, not with the device's", async () => {
    const hub = hubWithModule();
    const ofDevice = await hub.token("d1");
    expect((await hub.attempt("d1/m1", { token: ofDevice })).outcome).toMatchObject({
      returnCode: 5,
      reason: "badCredential",
    });
    expect((await hub.attempt("d1", { token: await hub.token("d1/m1") })).outcome).toMatchObject({
      returnCode: 5,
      reason: "badCredential",
    });
    await hub.device("d1/m1");
  });

  it("can subscribe to inputs but not to cloud-to-device messages, and devices vice versa", async () => {
    const hub = hubWithModule();
    const module = await hub.device("d1/m1");
    const device = await hub.device("d1");
    expect(hub.listen(module.session, inputsFilter)).toBe(1);
    for (const filter of [c2dFilter, moduleC2dFilter]) expect(hub.listen(module.session, filter)).toBe(128);
    expect(hub.listen(device.session, c2dFilter)).toBe(1);
    for (const filter of [inputsFilter, moduleC2dFilter])
      expect(hub.listen(device.session, filter)).toBe(128);
    expect(module.connection.ended ?? device.connection.ended).toBeUndefined();
  });

  it("are disconnected when they publish as their device or as another module", async () => {
    const hub = hubWithModule();
    for (const topic of ["devices/d1/messages/events/", "devices/d1/modules/m2/messages/events/"]) {
      const { session } = await hub.device("d1/m1");
      expect(hub.from(session, topic)).toContain("may not publish to the topic");
    }
  });

  it("have their own twins", async () => {
    const hub = hubWithModule();
    const module = await hub.device("d1/m1");
    const device = await hub.device("d1");
    for (const { session } of [module, device]) {
      hub.listen(session, "$iothub/twin/res/#");
      hub.listen(session, "$iothub/twin/PATCH/properties/desired/#");
    }
    hub.twins.patchDesired({ deviceId: "d1", moduleId: "m1" }, { a: 1 });
    expect(device.connection.take()).toEqual([]);
    expect(module.connection.take()).toMatchObject([
      { topic: "$iothub/twin/PATCH/properties/desired/?$version=2", text: '{"a":1,"$version":2}' },
    ]);
    hub.from(module.session, "$iothub/twin/PATCH/properties/reported/?$rid=r", { b: 2 });
    expect(module.connection.take()).toMatchObject([{ topic: "$iothub/twin/res/204/?$rid=r&$version=2" }]);
    expect(hub.views.twin({ deviceId: "d1", moduleId: "m1" })).toMatchObject({
      deviceId: "d1",
      moduleId: "m1",
      properties: { desired: { a: 1 }, reported: { b: 2 } },
    });
    expect(hub.views.twin({ deviceId: "d1" }).properties.reported).not.toHaveProperty("b");
  });

  it("respond to their own methods", async () => {
    const hub = hubWithModule();
    const device = await hub.device("d1");
    hub.listen(device.session, "$iothub/methods/POST/#");
    const target = { deviceId: "d1", moduleId: "m1" };
    await expect(hub.methods.invoke(target, { methodName: "go" })).rejects.toMatchObject({
      name: "DeviceNotOnline",
    });
    const module = await hub.device("d1/m1");
    hub.listen(module.session, "$iothub/methods/POST/#");
    const answer = hub.methods.invoke(target, { methodName: "go", payload: 1 });
    await expect.poll(() => module.connection.sent).toHaveLength(1);
    const [{ topic = "" } = {}] = module.connection.take();
    const rid = topic.split("$rid=")[1] ?? "";
    // The device cannot respond for its module.
    hub.from(device.session, `$iothub/methods/res/500/?$rid=${rid}`);
    hub.from(module.session, `$iothub/methods/res/200/?$rid=${rid}`, "2");
    expect(await answer).toEqual({ status: 200, payload: 2 });
    expect(device.connection.take()).toEqual([]);
  });

  it("are disconnected when their token expires, and when their device is disabled or deleted", async () => {
    const hub = hubWithModule();
    const expiring = await hub.device("d1/m1", { token: await hub.token("d1/m1", 100) });
    await hub.clock.advance(100_000);
    expect(expiring.connection.ended).toBeUndefined();
    await hub.clock.advance(1_000);
    expect(expiring.connection.ended).toBe("tokenExpired");
    const disabled = await hub.device("d1/m1");
    hub.identities.update({ deviceId: "d1" }, { status: "disabled" });
    expect(disabled.connection.ended).toBe("deviceDisabled");
    expect((await hub.attempt("d1/m1")).outcome).toMatchObject({ returnCode: 5, reason: "deviceDisabled" });
    hub.identities.update({ deviceId: "d1" }, { status: "enabled" });
    const deleted = await hub.device("d1/m1");
    hub.identities.delete({ deviceId: "d1" });
    expect(deleted.connection.ended).toBe("deviceDeleted");
    expect((await hub.attempt("d1/m1")).outcome).toMatchObject({ returnCode: 5, reason: "unknownDevice" });
  });

  it("leave their device connected when they are deleted or taken over", async () => {
    const hub = hubWithModule();
    const device = await hub.device("d1");
    const module = await hub.device("d1/m1");
    const newer = await hub.device("d1/m1");
    expect([module.connection.ended, newer.connection.ended]).toEqual(["takenOver", undefined]);
    hub.identities.delete({ deviceId: "d1", moduleId: "m1" });
    expect(newer.connection.ended).toBe("deviceDeleted");
    expect(device.connection.ended).toBeUndefined();
    expect(hub.seen.at(-1)).toMatchObject({ type: "deviceDeleted", deviceId: "d1", moduleId: "m1" });
  });
});
