import { describe, expect, it } from "vitest";
import { TestBench } from "../testing/emulator.ts";
import type { HttpsAnswer } from "../testing/https.ts";
import { type ServiceRequest, serviceRequest } from "../testing/service.ts";

const bench = new TestBench();
const send = (request: string, options?: ServiceRequest): Promise<HttpsAnswer> =>
  serviceRequest(bench.hub, request, options);

/** The status and number of an error in the form of twins and methods. */
function refusalOf({ status, headers, json }: HttpsAnswer): unknown[] {
  const { errorCode, message } = JSON.parse(json.Message);
  expect(json.ExceptionMessage).toBe("");
  expect(message).toBeTypeOf("string");
  return [status, headers["iothub-errorcode"], errorCode];
}

describe("a twin over REST", () => {
  it.each(["device", "module"])("of a %s is read, patched and replaced, each as one write", async (kind) => {
    const key = kind === "device" ? await bench.newDevice() : await bench.newModule();
    const path = `/twins/${key.replace("/", "/modules/")}`;
    const first = await send(`GET ${path}`);
    expect(first.headers["etag"]).toBe(`"${first.json.etag}"`);
    const body = { tags: { floor: 1 }, properties: { desired: { a: 1, b: { c: 2, d: 3 } } } };
    const patched = await send(`PATCH ${path}`, {
      body: { ...first.json, ...body, etag: "old", version: 99 },
    });
    expect(patched).toMatchObject({ status: 200, json: body });
    expect(patched.json.version).toBe(first.json.version + 1);
    expect(patched.json.properties.desired.$version).toBe(2);
    const replacement = { properties: { desired: { b: { c: 4 } } }, tags: { room: 2, none: null } };
    const headers = { "if-match": `"${patched.json.etag}"` };
    const replaced = await send(`PUT ${path}`, { headers, body: replacement });
    const { $version, $metadata, ...desired } = replaced.json.properties.desired;
    expect([$version, desired, replaced.json.tags]).toEqual([3, { b: { c: 4 } }, { room: 2 }]);
    expect(Object.keys($metadata.b)).toEqual(["$lastUpdated", "$lastUpdatedVersion", "c"]);
    expect(replaced.json.version).toBe(patched.json.version + 1);
    expect(await bench.hub.getTwin(key)).toEqual(replaced.json);
    for (const method of ["PATCH", "PUT"]) {
      const refused = await send(`${method} ${path}`, { headers, body: { tags: {} } });
      expect(refusalOf(refused)).toEqual([412, "PreconditionFailed", 412001]);
    }
    expect((await send(`PUT ${path}`, { body: {} })).json.tags).toEqual({});
  });

  it("that is replaced notifies the device of what it has lost", async () => {
    const device = await bench.device();
    await device.subscribe("$iothub/twin/PATCH/properties/desired/#");
    const path = `/twins/${device.id}`;
    const first = { a: 1, b: { c: 2, d: 3 } };
    await send(`PATCH ${path}`, { body: { properties: { desired: first } } });
    expect(JSON.parse((await device.next()).payload.toString())).toEqual({ ...first, $version: 2 });
    await send(`PUT ${path}`, { body: { properties: { desired: { b: { c: 4 } } } } });
    const notified = await device.next(({ topic }) => topic.endsWith("$version=3"));
    expect(JSON.parse(notified.payload.toString())).toEqual({ a: null, b: { c: 4, d: null }, $version: 3 });
    await device.end();
  });

  it("stays as it was if a part of the change isn't valid", async () => {
    const id = await bench.newDevice();
    const before = (await send(`GET /twins/${id}`)).json;
    const desired = { a: 1 };
    for (const body of [
      { tags: { "a.b": 1 }, properties: { desired } },
      { tags: { a: 1 }, properties: { desired: { x: "y".repeat(5000) } } },
      { tags: [1] },
      { tags: { a: 1 }, properties: 1 },
    ]) {
      expect(refusalOf(await send(`PATCH /twins/${id}`, { body }))).toEqual([400, "ArgumentInvalid", 400004]);
    }
    expect(refusalOf(await send(`PATCH /twins/${id}`, { body: "{" }))).toEqual([
      400,
      "IotHubFormatError",
      400006,
    ]);
    expect((await send(`GET /twins/${id}`)).json).toEqual(before);
    for (const [path, name, code] of [
      ["/twins/missing", "DeviceNotFound", 404001],
      [`/twins/${id}/modules/missing`, "ModuleNotFound", 404010],
    ]) {
      for (const [method, body] of [["GET"], ["PATCH", {}], ["PUT", {}]] as const) {
        const refused = await send(`${method} ${path}`, body === undefined ? {} : { body });
        expect(refusalOf(refused)).toEqual([404, name, code]);
      }
    }
    const reader = await send(`GET /twins/${id}`, { policy: "registryReadWrite" });
    expect(refusalOf(reader)).toEqual([401, "IotHubUnauthorizedAccess", 401002]);
    expect((await send(`GET /twins/${id}`, { policy: "service" })).status).toBe(200);
  });
});
