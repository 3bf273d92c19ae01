import { describe, expect, it } from "vitest";
import { TestBench } from "../testing/emulator.ts";
import type { HttpsAnswer } from "../testing/https.ts";
import { type ServiceRequest, serviceRequest } from "../testing/service.ts";

const bench = new TestBench();
const send = (request: string, options?: ServiceRequest): Promise<HttpsAnswer> =>
  serviceRequest(bench.hub, request, options);
const update = { type: "scheduleUpdateTwin", maxExecutionTimeInSeconds: 60 };
const codeOf = ({ status, headers }: HttpsAnswer): unknown[] => [status, headers["iothub-errorcode"]];

async function ended(jobId: string): Promise<HttpsAnswer["json"]> {
  for (;;) {
    const { json } = await send(`GET /jobs/v2/${jobId}`);
    if (json.endTime !== undefined) return json;
  }
}

async function devicesOf(jobId: string): Promise<HttpsAnswer> {
  const created = "devices.jobs.createdTimeUtc > '2016-09-01'";
  const query = `SELECT * FROM devices.jobs WHERE devices.jobs.JobId = '${jobId}' AND ${created}`;
  return send("POST /devices/query", { body: { query } });
}

describe("a job over REST", () => {
  it("updates the twins that match, and counts the devices that refuse", async () => {
    const ids = [await bench.newDevice(), await bench.newDevice(), await bench.newDevice()];
    for (const id of ids.slice(0, 2)) await bench.hub.patchTags(id, { group: "job" });
    const { json: twin } = await send(`GET /twins/${ids[0]}`);
    const updateTwin = { etag: twin.etag, tags: { done: 1 }, properties: { desired: { a: 1 } } };
    await bench.hub.patchTags(ids[1] ?? "", { other: 1 });
    await bench.hub.patchTags(ids[1] ?? "", { other: 2 });
    const body = { ...update, queryCondition: "tags.group = 'job'", updateTwin };
    const created = await send("PUT /jobs/v2/twins", { body });
    expect(created).toMatchObject({ status: 200, json: { jobId: "twins", status: "queued", updateTwin } });
    expect(await ended("twins")).toMatchObject({
      status: "completed",
      deviceJobStatistics: {
        deviceCount: 2,
        failedCount: 1,
        succeededCount: 1,
        pendingCount: 0,
        runningCount: 0,
      },
    });
    expect((await bench.hub.getTwin(ids[0] ?? "")).properties.desired).toMatchObject({ a: 1 });
    expect((await bench.hub.getTwin(ids[1] ?? "")).tags).not.toHaveProperty("done");
    const devices = await devicesOf("twins");
    expect(devices.headers["x-ms-item-type"]).toBe("deviceJob");
    expect(devices.json).toMatchObject([
      {
        deviceId: ids[0],
        jobId: "twins",
        jobType: "scheduleUpdateTwin",
        status: "completed",
        outcome: { deviceMethodResponse: null },
      },
      { deviceId: ids[1], status: "failed", error: { code: "PreconditionFailed" } },
    ]);
    expect(codeOf(await send("PUT /jobs/v2/twins", { body }))).toEqual([409, "JobAlreadyExists"]);
  });

  it("calls a method, whose response is in the result of the device", async () => {
    const device = await bench.device();
    await device.subscribe("$iothub/methods/POST/#");
    const cloudToDeviceMethod = { methodName: "reboot", payload: { in: 5 }, responseTimeoutInSeconds: 30 };
    const offline = await bench.newDevice();
    const queryCondition = `deviceId IN ['${device.id}', '${offline}']`;
    const body = { type: "scheduleDeviceMethod", cloudToDeviceMethod, queryCondition };
    await send("PUT /jobs/v2/method", { body });
    const { topic, payload } = await device.next();
    expect(JSON.parse(payload.toString())).toEqual({ in: 5 });
    device.client.publish(`$iothub/methods/res/200/?$rid=${topic.split("$rid=")[1]}`, '{"ok":true}');
    const { deviceJobStatistics: counts } = await ended("method");
    expect(counts).toMatchObject({ deviceCount: 2, succeededCount: 1, failedCount: 1 });
    const response = { status: 200, payload: { ok: true } };
    expect((await devicesOf("method")).json).toMatchObject([
      { deviceId: device.id, status: "completed", outcome: { deviceMethodResponse: response } },
      { deviceId: offline, status: "failed", error: { code: "DeviceNotOnline" } },
    ]);
    expect((await devicesOf("method")).json[1]).not.toHaveProperty("outcome");
    await device.end();
  });

  it("that begins later is listed, found by its status, and cancelled", async () => {
    const startTime = new Date(Date.now() + 3_600_000).toISOString();
    const body = { ...update, startTime, queryCondition: "*", updateTwin: { tags: { late: 1 } } };
    for (const id of ["later-1", "later-2"]) {
      expect((await send(`PUT /jobs/v2/${id}`, { body })).json).toMatchObject({
        status: "scheduled",
        startTime,
      });
    }
    const path = "GET /jobs/v2/query?jobStatus=scheduled&jobType=scheduleUpdateTwin";
    const first = await send(path, { headers: { "x-ms-max-item-count": "1" } });
    expect([first.headers["x-ms-item-type"], first.json[0].jobId]).toEqual(["jobResponse", "later-1"]);
    const continuation = { "x-ms-continuation": String(first.headers["x-ms-continuation"]) };
    const second = await send(path, { headers: continuation });
    expect(second.json.map(({ jobId }: { jobId: string }) => jobId)).toEqual(["later-2"]);
    expect((await send("POST /jobs/v2/later-1/cancel")).json).toMatchObject({ status: "cancelled" });
    expect((await send(path)).json).toHaveLength(1);
    // The state of a hub has its jobs.
    await bench.hub.reset();
    expect(codeOf(await send("GET /jobs/v2/later-2"))).toEqual([404, "JobNotFound"]);
  });

  it("is refused if it isn't complete", async () => {
    const ok = { ...update, queryCondition: "*", updateTwin: { tags: {} } };
    for (const body of [
      { ...ok, queryCondition: "tags.a =" },
      { ...ok, queryCondition: undefined },
      { ...ok, type: "reboot" },
      { ...ok, type: "scheduleDeviceMethod" },
      { ...ok, startTime: "soon" },
      { ...ok, maxExecutionTimeInSeconds: 0 },
      { ...ok, updateTwin: { tags: { "a.b": 1 } } },
    ]) {
      expect(codeOf(await send("PUT /jobs/v2/refused", { body }))).toEqual([400, "ArgumentInvalid"]);
    }
    const reader = await send("GET /jobs/v2/query", { policy: "registryRead" });
    expect(codeOf(reader)).toEqual([401, "IotHubUnauthorizedAccess"]);
    expect(codeOf(await send("POST /jobs/v2/none/cancel"))).toEqual([404, "JobNotFound"]);
  });
});
