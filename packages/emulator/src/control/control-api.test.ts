import { describe, expect, it } from "vitest";
import { call } from "../testing/control.ts";
import { connect } from "../testing/device.ts";
import { TestBench } from "../testing/emulator.ts";

const bench = new TestBench();

describe("the control API", () => {
  it("returns addresses and credentials", async () => {
    const { hostName, endpoints, ca, serviceConnectionString } = bench.hub;
    expect(await call(bench.hub, "GET", "")).toMatchObject({
      status: 200,
      body: { hostName, endpoints, ca, serviceConnectionString },
    });
    expect((await call(bench.hub, "GET", "/ca.pem")).body).toBe(ca);
    expect(endpoints.controlUrl).toBe(`http://127.0.0.1:${endpoints.plainPort}/control`);
    expect(serviceConnectionString).toMatch(
      /^HostName=localhost:\d+;SharedAccessKeyName=iothubowner;SharedAccessKey=.{44}$/,
    );
  });

  it("registers, reads, changes, lists and deletes devices", async () => {
    const created = await call(bench.hub, "POST", "/devices", { deviceId: "a#?%b", status: "disabled" });
    expect(created).toMatchObject({
      status: 201,
      body: {
        deviceId: "a#?%b",
        status: "disabled",
        connectionString: expect.stringMatching(/;DeviceId=a#\?%b;/),
      },
    });
    const path = `/devices/${encodeURIComponent("a#?%b")}`;
    expect(await call(bench.hub, "GET", path)).toMatchObject({ status: 200, body: created.body as object });
    const key = btoa("k".repeat(32));
    expect(await call(bench.hub, "PATCH", path, { status: "enabled", primaryKey: key })).toMatchObject({
      status: 200,
      body: { status: "enabled", authentication: { symmetricKey: { primaryKey: key } } },
    });
    expect((await call(bench.hub, "GET", "/devices")).body).toContainEqual(
      expect.objectContaining({ deviceId: "a#?%b" }),
    );
    expect((await call(bench.hub, "DELETE", path)).status).toBe(204);
    expect(await call(bench.hub, "GET", path)).toMatchObject({
      status: 404,
      body: { name: "DeviceNotFound", errorCode: 404001 },
    });
  });

  it("sends messages as strings, bytes and JSON, and lists and purges the queue", async () => {
    const id = await bench.newDevice();
    const path = `/devices/${id}/c2d`;
    expect(
      await call(bench.hub, "POST", path, {
        body: "téxt",
        messageId: "m1",
        ack: "full",
        properties: { a: "b" },
      }),
    ).toMatchObject({ status: 202, body: { messageId: "m1" } });
    await call(bench.hub, "POST", path, { body: "AP8=", bodyEncoding: "base64" });
    await call(bench.hub, "POST", path, { body: { json: [1] } });
    await call(bench.hub, "POST", path, { body: [2] });
    expect((await call(bench.hub, "GET", path)).body).toMatchObject([
      { messageId: "m1", deliveryCount: 0, locked: false },
      {},
      {},
      {},
    ]);
    const device = await connect(bench.hub, id);
    await device.subscribe(`devices/${id}/messages/devicebound/#`);
    for (const payload of ["téxt", Buffer.from([0, 255]), '{"json":[1]}', "[2]"]) {
      expect((await device.next()).payload).toEqual(Buffer.from(payload as string));
    }
    await expect
      .poll(async () => (await call(bench.hub, "GET", "/feedback")).body)
      .toContainEqual(expect.objectContaining({ originalMessageId: "m1", statusCode: "Success" }));
    await expect.poll(async () => (await call(bench.hub, "GET", path)).body).toEqual([]);
    await device.end();
    await call(bench.hub, "POST", path, { body: "x" });
    expect((await call(bench.hub, "DELETE", path)).body).toEqual({ purged: 1 });
  });

  it("calls methods", async () => {
    const id = await bench.newDevice();
    const offline = await call(bench.hub, "POST", `/devices/${id}/methods`, { methodName: "m" });
    expect(offline).toMatchObject({
      status: 404,
      body: { name: "DeviceNotOnline", errorCode: 404103, info: { timeout: "00:00:00" } },
    });
    expect(offline.headers.get("iothub-errorcode")).toBe("DeviceNotOnline");
    const device = await connect(bench.hub, id);
    await device.subscribe("$iothub/methods/POST/#");
    const answer = call(bench.hub, "POST", `/devices/${id}/methods`, {
      methodName: "m",
      payload: [1],
      responseTimeoutInSeconds: 5,
      connectTimeoutInSeconds: 1,
    });
    const request = await device.next();
    expect(request.payload.toString()).toBe("[1]");
    device.client.publish(`$iothub/methods/res/201/?$rid=${request.topic.split("=")[1]}`, '"ok"');
    expect(await answer).toMatchObject({ status: 200, body: { status: 201, payload: "ok" } });
    await device.end();
  });

  it("reads and patches twins", async () => {
    const id = await bench.newDevice();
    const patched = await call(bench.hub, "PATCH", `/devices/${id}/twin`, {
      tags: { t: 1 },
      desired: { d: { e: 1 } },
    });
    expect(patched).toMatchObject({
      status: 200,
      body: { tags: { t: 1 }, properties: { desired: { d: { e: 1 }, $version: 2 } } },
    });
    expect((await call(bench.hub, "GET", `/devices/${id}/twin`)).body).toEqual(patched.body);
    expect(await call(bench.hub, "PATCH", `/devices/${id}/twin`, { desired: { "a b": 1 } })).toMatchObject({
      status: 400,
      body: { errorCode: 400004 },
    });
  });

  it("lists telemetry by device, after a sequence number, in UTF-8 or base64, and waits for it", async () => {
    const device = await bench.device();
    const path = `/telemetry?deviceId=${device.id}`;
    const topic = `devices/${device.id}/messages/events/a=b`;
    await device.client.publishAsync(topic, "ä", { qos: 1 });
    await device.client.publishAsync(topic, Buffer.from([0xff]), { qos: 1 });
    const { body } = await call(bench.hub, "GET", path);
    expect(body).toMatchObject([
      {
        deviceId: device.id,
        body: "ä",
        bodyEncoding: "utf-8",
        properties: { a: "b" },
        sequenceNumber: expect.any(Number),
      },
      { body: "/w==", bodyEncoding: "base64" },
    ]);
    const [first, second] = body as { sequenceNumber: number }[];
    expect((await call(bench.hub, "GET", `${path}&after=${first?.sequenceNumber}`)).body).toEqual([second]);
    expect((await call(bench.hub, "GET", `${path}&encoding=base64`)).body).toMatchObject([
      { body: "w6Q=", bodyEncoding: "base64" },
      {},
    ]);
    const waiting = call(bench.hub, "GET", `${path}&after=${second?.sequenceNumber}&waitMs=60000`);
    await device.client.publishAsync(topic, "late", { qos: 1 });
    expect((await waiting).body).toMatchObject([{ body: "late" }]);
    expect((await call(bench.hub, "GET", `${path}&after=9999&waitMs=1`)).body).toEqual([]);
    await device.end();
  });

  it("lists sessions and kicks them", async () => {
    const device = await bench.device({ transport: "wss" });
    expect((await call(bench.hub, "GET", "/sessions")).body).toContainEqual(
      expect.objectContaining({ deviceId: device.id, transport: "wss" }),
    );
    expect((await call(bench.hub, "POST", `/devices/${device.id}/kick`)).body).toEqual({ kicked: true });
    await device.closed;
    expect((await call(bench.hub, "POST", `/devices/${device.id}/kick`)).body).toEqual({ kicked: false });
    expect((await call(bench.hub, "POST", "/devices/unknown/kick")).status).toBe(404);
  });

  it("streams the events of one device", async () => {
    const id = await bench.newDevice();
    const abort = new AbortController();
    const response = await fetch(`${bench.hub.endpoints.controlUrl}/events?deviceId=${id}`, {
      signal: abort.signal,
    });
    expect(response.headers.get("content-type")).toMatch("text/event-stream");
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    await bench.newDevice();
    await bench.hub.patchDesired(id, { a: 1 });
    await bench.hub.deleteDevice(id);
    let text = "";
    while (!text.includes("deviceDeleted\n")) text += (await reader?.read())?.value ?? "";
    while (!text.endsWith("\n\n")) text += (await reader?.read())?.value ?? "";
    const found = [...text.matchAll(/^event: (.*)\ndata: (.*)$/gm)];
    expect(found.map(([, type]) => type)).toEqual(["twinDesired", "deviceDeleted"]);
    expect(JSON.parse(found[0]?.[2] ?? "")).toMatchObject({ type: "twinDesired", deviceId: id, version: 2 });
    abort.abort();
  });

  it("injects faults", async () => {
    const id = await bench.newDevice();
    const faults: [string, object, unknown][] = [
      ["refuseConnects", { returnCode: 3, times: 2, deviceId: id }, true],
      ["withholdConnack", { deviceId: id }, true],
      ["mute", { answer: "puback", deviceId: id, times: 1 }, true],
      ["unmute", { answer: "puback", deviceId: id }, true],
      ["delayPuback", { deviceId: id, ms: 5 }, true],
      ["failTwin", { deviceId: id, status: 503, retryAfterSeconds: 1, times: 1, operation: "get" }, true],
      ["drop", { deviceId: id, how: "fin", afterPublishes: 2, afterBytes: 100 }, true],
      ["blackHole", { deviceId: id }, false],
      ["publishRaw", { deviceId: id, topic: "t", payload: "AA==", payloadEncoding: "base64" }, false],
      ["skewClock", { seconds: -5 }, true],
      ["stopListening", {}, true],
      ["listenAgain", {}, true],
    ];
    for (const [name, body, applied] of faults) {
      expect(await call(bench.hub, "POST", `/faults/${name}`, body), name).toMatchObject({
        status: 200,
        body: { applied },
      });
    }
    expect((await call(bench.hub, "GET", `/faults?deviceId=${id}`)).body).toEqual([
      { fault: "refuseConnects", deviceId: id, returnCode: 3, times: 2 },
      { fault: "withholdConnack", deviceId: id, times: 1 },
      { fault: "delayPuback", deviceId: id, ms: 5 },
      { fault: "failTwin", deviceId: id, status: 503, retryAfterSeconds: 1, times: 1, operation: "get" },
      { fault: "drop", deviceId: id, how: "fin", afterPublishes: 2, afterBytes: 100 },
    ]);
    expect((await call(bench.hub, "DELETE", "/faults?deviceId=other")).status).toBe(204);
    expect(bench.hub.faults.rules()).toHaveLength(5);
    expect((await call(bench.hub, "DELETE", "/faults")).status).toBe(204);
    expect(bench.hub.faults.rules()).toEqual([]);
    const device = await connect(bench.hub, id);
    expect(
      (await call(bench.hub, "POST", "/faults/publishRaw", { deviceId: id, topic: "t", payload: "raw" }))
        .body,
    ).toEqual({ applied: true });
    expect(await device.next()).toMatchObject({ topic: "t", payload: Buffer.from("raw") });
    await device.end();
  });

  it("rejects JSON that is nested too deep before anything is stored", async () => {
    const deep = `{"registrationId":"deep","initialTwin":{"tags":${'{"a":'.repeat(5000)}1${"}".repeat(5000)}}}`;
    const { status, body } = await call(bench.hub, "POST", "/enrollments", deep);
    expect([status, Object(body).message]).toEqual([
      400,
      "The body must be valid JSON: JSON must have at most 1000 levels.",
    ]);
    expect(await bench.hub.listEnrollments()).toEqual([]);
  });

  it.each([
    ["GET", "/telemetry?__proto__=1", undefined, 400, "'__proto__' isn't a field"],
    ["GET", "/telemetry?constructor=1", undefined, 400, "'constructor' isn't a field"],
    ["POST", "/devices", "{oops", 400, "The body must be valid JSON."],
    ["POST", "/devices", "[1]", 400, "The body must be a JSON object."],
    ["POST", "/devices", {}, 400, "deviceId must be a string, got undefined."],
    ["POST", "/devices", { deviceId: 1 }, 400, "deviceId must be a string, got 1."],
    [
      "POST",
      "/devices",
      { deviceId: "x", colour: "red" },
      400,
      "'colour' isn't a field; the fields are deviceId, authentication, primaryKey",
    ],
    [
      "POST",
      "/devices",
      { deviceId: "x", status: "on" },
      400,
      "status must be one of enabled, disabled, got 'on'.",
    ],
    ["POST", "/devices", { deviceId: "a/b" }, 400, "1 to 128 characters"],
    ["POST", "/devices", { deviceId: "x", primaryKey: "short" }, 400, "base64 of 16 to 64 bytes"],
    ["PATCH", "/devices/unknown", {}, 404, "'unknown' cannot be found"],
    ["DELETE", "/devices/unknown", undefined, 404, "cannot be found"],
    ["GET", "/devices/unknown/twin", undefined, 404, "cannot be found"],
    ["GET", "/devices/unknown/c2d", undefined, 404, "cannot be found"],
    ["POST", "/devices/unknown/c2d", { body: "x" }, 404, "cannot be found"],
    ["POST", "/devices/unknown/c2d", {}, 400, "body must be a string, an object or an array, got undefined."],
    [
      "POST",
      "/devices/unknown/c2d",
      { body: "*", bodyEncoding: "base64" },
      400,
      "body must be valid base64.",
    ],
    [
      "POST",
      "/devices/unknown/methods",
      { methodName: "m", responseTimeoutInSeconds: 1 },
      400,
      "from 5 to 300",
    ],
    [
      "GET",
      "/telemetry?after=x",
      undefined,
      400,
      "after must be an integer from 0 to 9007199254740991, got 'x'.",
    ],
    ["GET", "/telemetry?encoding=hex", undefined, 400, "encoding must be base64, got 'hex'."],
    ["POST", "/faults/earthquake", {}, 400, "There is no fault 'earthquake'; the faults are refuseConnects"],
    ["POST", "/faults/refuseConnects", { returnCode: 6 }, 400, "from 1 to 5"],
    [
      "POST",
      "/faults/mute",
      { answer: "all", deviceId: "x" },
      400,
      "must be one of puback, suback, pingresp, twin",
    ],
    ["POST", "/faults/clear", {}, 400, "There is no fault"],
    [
      "GET",
      "/nothing",
      undefined,
      404,
      "There is no GET /control/nothing; /control/openapi.json lists the operations.",
    ],
    ["PUT", "/devices", undefined, 404, "There is no PUT /control/devices"],
  ])("rejects %s %s %j with status %i", async (method, path, body, status, message) => {
    const answer = await call(bench.hub, method, path, body);
    expect(answer).toMatchObject({
      status,
      body: { name: expect.any(String), message: expect.stringContaining(message) },
    });
  });
});
