import { expect, it } from "vitest";
import { call } from "../testing/control.ts";
import { connect } from "../testing/device.ts";
import { TestBench } from "../testing/emulator.ts";

const bench = new TestBench();

it("messages to inputs are sent and looked at over the control API", async () => {
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

it("routes are added, listed and removed over the control API", async () => {
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
  ["/routes", {}, 400, "a route is { from: { deviceId, moduleId, output? }, to: { moduleId, input } }"],
  ["/routes", { from: { deviceId: "{id}", moduleId: "m" }, to: { moduleId: "m" } }, 400, "a route is"],
  [
    "/routes",
    { from: { deviceId: "{id}", moduleId: "m", x: "" }, to: { moduleId: "m", input: "i" } },
    400,
    "a route",
  ],
  ["/routes", { from: "a", to: "b" }, 400, "'from' must be an object"],
  ["/routes", { from: { deviceId: 1 } }, 400, "'from' must be an object of texts"],
  [
    "/routes",
    { from: { deviceId: "{id}", moduleId: "x" }, to: { moduleId: "m", input: "i" } },
    404,
    "ModuleNotFound",
  ],
  ["/devices/{id}/modules/x/inputs/i", { body: "" }, 404, "ModuleNotFound"],
  ["/devices/{id}/modules/m/inputs/i", {}, 400, "'body' is missing"],
  ["/devices/{id}/modules/m/inputs/i", { body: "", ack: "full" }, 400, "'ack' is not a known field"],
  ["/devices/{id}/modules/m/inputs/i", { body: "", from: { moduleId: "m" } }, 400, "'from' must be"],
  [
    "/devices/{id}/modules/m/inputs/i",
    { body: "", properties: { a: 1 } },
    400,
    "'properties' must be an object of texts",
  ],
] as const)("what is not possible is refused precisely: %s %j", async (path, body, status, text) => {
  const [deviceId = ""] = (await bench.newModule()).split("/");
  const fill = (value: string): string => value.replaceAll("{id}", deviceId);
  const answer = await call(bench.hub, "POST", fill(path), fill(JSON.stringify(body)));
  expect(answer.status).toBe(status);
  expect(JSON.stringify(answer.body)).toContain(text);
});
