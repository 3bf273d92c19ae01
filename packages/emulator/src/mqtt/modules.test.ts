import { describe, expect, it } from "vitest";
import { connect, deviceToken, dial } from "../testing/device.ts";
import { TestBench } from "../testing/emulator.ts";

const bench = new TestBench();

describe.each(["tls", "wss"] as const)("a module over %s", (transport) => {
  it("connects with its connection string, and has a session with both ids", async () => {
    const deviceId = await bench.newDevice();
    const { connectionString, ...created } = await bench.hub.createModule(deviceId, "m+1");
    expect(created).toMatchObject({
      deviceId,
      moduleId: "m+1",
      managedBy: null,
      connectionState: "Disconnected",
    });
    expect(connectionString).toBe(
      `HostName=localhost:${bench.hub.endpoints.port};DeviceId=${deviceId};ModuleId=m+1;SharedAccessKey=${created.authentication.symmetricKey.primaryKey}`,
    );
    const key = `${deviceId}/m+1`;
    const module = await connect(bench.hub, key, { transport });
    expect(bench.hub.sessions()).toContainEqual(
      expect.objectContaining({ clientId: key, deviceId, moduleId: "m+1", transport }),
    );
    expect((await bench.hub.getModule(deviceId, "m+1")).connectionState).toBe("Connected");
    expect(await bench.event("deviceConnected", key)).toMatchObject({ deviceId, moduleId: "m+1" });
    await module.end();
    expect(await bench.event("deviceDisconnected", key)).toMatchObject({ reason: "clientDisconnect" });
  });

  it("sends telemetry directly and through outputs, in the forms of Python and Node", async () => {
    const key = await bench.newModule();
    const root = `devices/${key.replace("/", "/modules/")}/messages/events`;
    const module = await connect(bench.hub, key, { transport });
    await module.client.publishAsync(`${root}/`, "plain", { qos: 1 });
    await module.client.publishAsync(`${root}/%24.on=out%2Fput%201`, "python", { qos: 1 });
    await module.client.publishAsync(`${root}/%24.on=out%2Fput%201&p=v/`, "node", { qos: 1 });
    const [deviceId = ""] = key.split("/");
    const messages = bench.hub.telemetry(key);
    expect(bench.hub.telemetry(deviceId)).toEqual(messages);
    expect(bench.hub.telemetry(`${deviceId}/other`)).toEqual([]);
    expect(messages.map(({ body }) => new TextDecoder().decode(body))).toEqual(["plain", "python", "node"]);
    expect(messages.map(({ systemProperties: { outputName } }) => outputName)).toEqual([
      undefined,
      "out/put 1",
      "out/put 1",
    ]);
    expect(messages[2]).toMatchObject({
      deviceId,
      moduleId: "m",
      properties: { p: "v" },
      systemProperties: { connectionDeviceId: deviceId, connectionModuleId: "m" },
    });
    await module.end();
  });

  it("has a twin, answers methods and can be kicked, addressed as device/module", async () => {
    const key = await bench.newModule("$edgeAgent");
    const [deviceId = ""] = key.split("/");
    const module = await connect(bench.hub, key, { transport });
    for (const filter of [
      "$iothub/twin/res/#",
      "$iothub/twin/PATCH/properties/desired/#",
      "$iothub/methods/POST/#",
    ]) {
      expect(await module.subscribe(filter)).toBe(1);
    }
    await bench.hub.patchDesired(key, { a: 1 });
    expect((await module.next()).payload.toString()).toBe('{"a":1,"$version":2}');
    expect((await module.twin({ b: 2 })).status).toBe(204);
    expect((await module.twin("get")).body).toMatchObject({ desired: { a: 1 }, reported: { b: 2 } });
    await bench.hub.patchTags(key, { t: 3 });
    expect(await bench.hub.getTwin(key)).toMatchObject({ deviceId, moduleId: "$edgeAgent", tags: { t: 3 } });
    expect((await bench.hub.getTwin(deviceId)).tags).toEqual({});
    const answer = bench.hub.invokeMethod(key, "go", { x: 1 });
    const request = await module.next();
    module.client.publish(`$iothub/methods/res/200/?$rid=${request.topic.split("=")[1]}`, '"done"');
    expect(await answer).toEqual({ status: 200, payload: "done" });
    expect(bench.hub.kick(deviceId)).toBe(false);
    expect(bench.hub.kick(key)).toBe(true);
    await module.closed;
    expect(bench.hub.kick(key)).toBe(false);
    expect(await bench.event("deviceDisconnected", key)).toMatchObject({ reason: "kicked" });
  });

  it("can't use topics of devices, and keeps its connection", async () => {
    const key = await bench.newModule();
    const root = `devices/${key.replace("/", "/modules/")}`;
    const module = await connect(bench.hub, key, { transport });
    expect(await module.subscribe(`${root}/messages/devicebound/#`)).toBe(128);
    expect(await module.subscribe(`devices/${key.split("/")[0]}/messages/devicebound/#`)).toBe(128);
    expect(await module.subscribe(`${root}/inputs/#`)).toBe(1);
    await module.client.publishAsync(`${root}/messages/events/`, "still here", { qos: 1 });
    await expect(bench.hub.sendC2d(key, "x")).rejects.toMatchObject({ name: "DeviceNotFound" });
    await module.end();
  });

  it("is refused with the token of its device, with an expired token, and if it isn't registered", async () => {
    const key = await bench.newModule();
    const [deviceId = ""] = key.split("/");
    const ofDevice = await deviceToken(bench.hub, deviceId);
    for (const options of [{ token: ofDevice }, { ttl: -1 }]) {
      expect((await (await dial(bench.hub, key, { transport, ...options })).connected).returnCode).toBe(5);
    }
    expect(await bench.event("connectionRefused", key)).toMatchObject({ reason: "badCredential" });
    const nobody = await dial(bench.hub, `${deviceId}/nobody`, { transport, token: ofDevice });
    expect((await nobody.connected).returnCode).toBe(5);
    expect(await bench.event("connectionRefused", `${deviceId}/nobody`)).toMatchObject({
      reason: "unknownDevice",
    });
  });

  it("loses its connection when its token expires, and when it or its device is deleted", async () => {
    const key = await bench.newModule();
    const [deviceId = ""] = key.split("/");
    const expiring = await connect(bench.hub, key, { transport, ttl: 1 });
    await expiring.closed;
    expect(await bench.event("deviceDisconnected", key)).toMatchObject({ reason: "tokenExpired" });
    const first = await connect(bench.hub, key, { transport });
    const device = await connect(bench.hub, deviceId, { transport });
    await bench.hub.deleteModule(deviceId, "m");
    await first.closed;
    expect(bench.hub.sessions()).toContainEqual(expect.objectContaining({ clientId: deviceId }));
    await bench.hub.createModule(deviceId, "m");
    const second = await connect(bench.hub, key, { transport });
    await bench.hub.deleteDevice(deviceId);
    await Promise.all([second.closed, device.closed]);
  });
});
