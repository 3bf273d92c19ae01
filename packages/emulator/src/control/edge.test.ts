import { expect, it } from "vitest";
import { call } from "../testing/control.ts";
import { connect } from "../testing/device.ts";
import { TestBench } from "../testing/emulator.ts";

const bench = new TestBench();

it("the control API sends messages to inputs and lists them", async () => {
  const key = await bench.newModule();
  const [deviceId = ""] = key.split("/");
  const path = `/devices/${deviceId}/modules/m/inputs`;
  const message = {
    body: "aGk=",
    bodyEncoding: "base64",
    messageId: "m1",
    correlationId: "c",
    userId: "u",
    contentType: "t",
    contentEncoding: "e",
    properties: { p: "v" },
    from: { deviceId: "x", moduleId: "y" },
  };
  expect(await call(bench.hub, "POST", `${path}/in%2Fput`, message)).toMatchObject({
    status: 202,
    body: { messageId: "m1" },
  });
  await call(bench.hub, "POST", `${path}/i`, { body: { json: true } });
  expect((await call(bench.hub, "GET", path)).body).toMatchObject([
    { messageId: "m1", inputName: "in/put", deliveryCount: 0 },
    { inputName: "i" },
  ]);
  const module = await connect(bench.hub, key);
  await module.subscribe(`devices/${deviceId}/modules/m/inputs/#`);
  const first = await module.next();
  expect(first.topic).toBe(
    `devices/${deviceId}/modules/m/inputs/in%2Fput/%24.cdid=x&%24.cmid=y&%24.mid=m1&%24.cid=c&%24.uid=u&%24.ct=t&%24.ce=e&p=v`,
  );
  expect(first.payload.toString()).toBe("hi");
  expect((await module.next()).payload.toString()).toBe('{"json":true}');
  await expect.poll(async () => (await call(bench.hub, "GET", path)).body).toEqual([]);
  await module.end();
});

it("the control API adds, lists and removes routes", async () => {
  const [deviceId = ""] = (await bench.newModule("a")).split("/");
  await bench.hub.createModule(deviceId, "b");
  const spec = { from: { deviceId, moduleId: "a", output: "o" }, to: { moduleId: "b", input: "i" } };
  const added = await call(bench.hub, "POST", "/routes", spec);
  expect(added).toMatchObject({ status: 201, body: { ...spec, id: expect.any(String) } });
  expect((await call(bench.hub, "GET", "/routes")).body).toEqual([added.body]);
  const { id } = added.body as { id: string };
  expect((await call(bench.hub, "DELETE", `/routes/${id}`)).status).toBe(204);
  expect((await call(bench.hub, "GET", "/routes")).body).toEqual([]);
  expect(await call(bench.hub, "DELETE", `/routes/${id}`)).toMatchObject({ status: 404 });
});

it.each([
  ["/routes", {}, 400, "from must be an object, got undefined"],
  [
    "/routes",
    { from: { deviceId: "{id}", moduleId: "m" }, to: { moduleId: "m" } },
    400,
    "to.input must be a string, got undefined",
  ],
  [
    "/routes",
    { from: { deviceId: "{id}", moduleId: "m", x: "" }, to: { moduleId: "m", input: "i" } },
    400,
    "'from.x' isn't a field; the fields are deviceId, moduleId, output",
  ],
  ["/routes", { from: "a", to: "b" }, 400, "from must be an object, got 'a'"],
  ["/routes", { from: { deviceId: 1 } }, 400, "from.deviceId must be a string, got 1"],
  [
    "/routes",
    { from: { deviceId: "{id}", moduleId: "x" }, to: { moduleId: "m", input: "i" } },
    404,
    "ModuleNotFound",
  ],
  ["/devices/{id}/modules/x/inputs/i", { body: "" }, 404, "ModuleNotFound"],
  [
    "/devices/{id}/modules/m/inputs/i",
    {},
    400,
    "body must be a string, an object or an array, got undefined",
  ],
  [
    "/devices/{id}/modules/m/inputs/i",
    { body: "", ack: "full" },
    400,
    "'ack' isn't a field; the fields are body, bodyEncoding, messageId",
  ],
  [
    "/devices/{id}/modules/m/inputs/i",
    { body: "", from: { moduleId: "m" } },
    400,
    "from.deviceId must be a string, got undefined",
  ],
  [
    "/devices/{id}/modules/m/inputs/i",
    { body: "", properties: { a: 1 } },
    400,
    "properties.a must be a string, got 1",
  ],
] as const)("the control API rejects invalid requests: %s %j", async (path, body, status, text) => {
  const [deviceId = ""] = (await bench.newModule()).split("/");
  const fill = (value: string): string => value.replaceAll("{id}", deviceId);
  const answer = await call(bench.hub, "POST", fill(path), fill(JSON.stringify(body)));
  expect(answer.status).toBe(status);
  expect(JSON.stringify(answer.body)).toContain(text);
});
