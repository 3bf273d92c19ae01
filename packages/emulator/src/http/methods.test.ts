import { VirtualClock } from "@isohub/core/testing";
import { describe, expect, it } from "vitest";
import { createCertificate } from "../certificates/node/client-certificate.ts";
import { connect, deviceToken, type TestDevice } from "../testing/device.ts";
import { TestBench } from "../testing/emulator.ts";
import { type HttpsAnswer, https } from "../testing/https.ts";
import { policyToken } from "../testing/service.ts";
import { vector } from "../testing/vectors.ts";

const clock = new VirtualClock(Date.now());
const bench = new TestBench({ clock });
const python = "api-version=2019-10-01";

/** Connects a device, and creates a module that calls it. */
async function caller(): Promise<{ key: string; headers: Record<string, string> }> {
  const key = await bench.newModule("caller");
  const authorization = await deviceToken(bench.hub, key);
  return { key, headers: { "x-ms-edge-moduleId": key, authorization, "content-type": "application/json" } };
}

async function listener(key: string): Promise<TestDevice> {
  const device = await connect(bench.hub, key);
  await device.subscribe("$iothub/methods/POST/#");
  return device;
}

async function answer(device: TestDevice, status: number, payload: string): Promise<string> {
  const request = await device.next();
  device.client.publish(`$iothub/methods/res/${status}/?$rid=${request.topic.split("=")[1]}`, payload);
  return request.payload.toString();
}

describe("a module that calls through its gateway", () => {
  it("gets the response of a device and of a module, regardless of its status", async () => {
    const { key, headers } = await caller();
    const [deviceId = ""] = key.split("/");
    await bench.hub.createModule(deviceId, "other");
    const { params } = vector("http-04").input as { params: object };
    for (const [target, path] of [
      [deviceId, deviceId],
      [`${deviceId}/other`, `${deviceId}/modules/other`],
      [key, `${deviceId}/modules/caller`],
    ] as const) {
      const device = await listener(target);
      const called = https(bench.hub, `/twins/${path}/methods?${python}`, { headers, body: params });
      expect(await answer(device, 404, '{"b":[2]}')).toBe('{"a":1}');
      expect(await called).toMatchObject({
        status: 200,
        headers: { "content-type": "application/json; charset=utf-8" },
        json: { status: 404, payload: { b: [2] } },
      });
      await device.end();
    }
  });

  it("can call leaf devices, and devices and modules named methods and modules", async () => {
    const { headers } = await caller();
    for (const id of ["modules", "methods"]) {
      await bench.hub.createDevice(id);
      await bench.hub.createModule(id, "methods");
      for (const [target, path] of [
        [id, id],
        [`${id}/methods`, `${id}/modules/methods`],
      ] as const) {
        const device = await listener(target);
        const called = https(bench.hub, `/twins/${path}/methods`, { headers, body: { methodName: "m" } });
        expect(await answer(device, 200, "")).toBe("null");
        expect((await called).json).toEqual({ status: 200, payload: null });
        await device.end();
      }
    }
  });

  it("can authenticate with a certificate", async () => {
    const deviceId = await bench.newDevice();
    const certificate = await createCertificate("x");
    await bench.hub.createModule(deviceId, "m", { primaryThumbprint: certificate.thumbprint });
    const headers = { "x-ms-edge-moduleId": `${deviceId}/m` };
    const options = { headers, certificate, body: { methodName: "m" } };
    const device = await listener(deviceId);
    const called = https(bench.hub, `/twins/${deviceId}/methods?${python}`, options);
    await answer(device, 200, "1");
    expect((await called).json).toEqual({ status: 200, payload: 1 });
    await device.end();
    const without = await https(bench.hub, `/twins/${deviceId}/methods`, {
      headers,
      body: { methodName: "m" },
    });
    expect(without.status).toBe(401);
  });

  it("gets errors in the form of a gateway", async () => {
    const { key, headers } = await caller();
    const [deviceId = ""] = key.split("/");
    const good = { methodName: "m" };
    const { "x-ms-edge-moduleId": _, ...nameless } = headers;
    const call = (more: object, path = `/twins/${deviceId}/methods`): Promise<HttpsAnswer> =>
      https(bench.hub, path, { headers, body: good, ...more });
    const expired = await deviceToken(bench.hub, key, -3600);
    const cases: [Promise<HttpsAnswer>, number, string][] = [
      [call({ headers: nameless }), 400, "Invalid header value for x-ms-edge-moduleId"],
      [call({ headers: { ...headers, "x-ms-edge-moduleId": deviceId } }), 400, "Invalid header value"],
      [call({ headers: { "x-ms-edge-moduleId": key } }), 401, "there is no SAS token"],
      [call({ headers: { ...headers, authorization: "nonsense" } }), 401, "malformed"],
      [call({ headers: { ...headers, authorization: expired } }), 401, "has expired"],
      [call({ headers: { ...headers, "x-ms-edge-moduleId": `${deviceId}/x` } }), 401, "is not registered"],
      [call({ body: "{" }), 400, "must be a JSON object"],
      [call({ body: {} }), 400, "methodName must be a string"],
      [call({ body: { ...good, responseTimeoutInSeconds: 4 } }), 400, "must be an integer from 5 to 300"],
      [call({ body: { ...good, connectTimeoutInSeconds: "1" } }), 400, "connectTimeoutInSeconds"],
      [call({}, "/twins/nobody/methods"), 404, "cannot be found"],
      [call({}, `/twins/${deviceId}/modules/nobody/methods`), 404, "cannot be found"],
      [call({}), 404, "Timed out waiting for device to connect."],
    ];
    for (const [called, status, message] of cases) {
      const refused = await called;
      expect(refused.json).toEqual({ message: expect.stringContaining(message) });
      expect(refused.status).toBe(status);
    }
    expect(await bench.event("requestRefused", key)).toMatchObject({ moduleId: "caller" });
  });

  it("gets 504 if there is no response in time, and can wait for a device to connect", async () => {
    const { key, headers } = await caller();
    const [deviceId = ""] = key.split("/");
    const path = `/twins/${deviceId}/methods`;
    const body = { methodName: "m", responseTimeoutInSeconds: 5, connectTimeoutInSeconds: 10 };
    const called = https(bench.hub, path, { headers, body });
    const device = await listener(deviceId);
    await bench.event("methodInvoked", deviceId);
    await clock.advance(5_000);
    expect(await called).toMatchObject({
      status: 504,
      json: { message: "Timed out waiting for the response from device." },
    });
    await device.end();
  });
});

describe("a service that calls a method", () => {
  it("gets the response with the token of a policy that has the permission", async () => {
    const deviceId = await bench.newDevice();
    const device = await listener(deviceId);
    for (const resource of [
      "localhost",
      `localhost:${bench.hub.endpoints.port}`,
      `localhost/twins/${deviceId}`,
    ]) {
      const headers = { authorization: await policyToken(bench.hub, "iothubowner", resource) };
      const body = { methodName: "m", payload: { a: 1 } };
      const called = https(bench.hub, `/twins/${deviceId}/methods?api-version=2021-04-12`, { headers, body });
      expect(await answer(device, 201, '"ok"')).toBe('{"a":1}');
      expect(await called).toMatchObject({ status: 200, json: { status: 201, payload: "ok" } });
    }
    await device.end();
  });

  it("gets errors in the form of the hub", async () => {
    const deviceId = await bench.newDevice();
    const authorization = await policyToken(bench.hub, "iothubowner");
    const body = { methodName: "m" };
    const cases = [
      [
        "?api-version=2021-04-12",
        authorization,
        404,
        "DeviceNotOnline",
        "Timed out waiting for device to connect.",
      ],
      ["", authorization, 400, "InvalidProtocolVersion", "api-version"],
      [
        "?api-version=2021-04-12",
        authorization.replace("iothubowner", "registryRead"),
        401,
        "IotHubUnauthorizedAccess",
        "ServiceConnect",
      ],
      [
        "?api-version=2021-04-12",
        authorization.replace("sig=", "sig=x"),
        401,
        "IotHubUnauthorizedAccess",
        "signature",
      ],
      [
        "?api-version=2021-04-12",
        await policyToken(bench.hub, "iothubowner", "localhost/twins/other"),
        401,
        "IotHubUnauthorizedAccess",
        "resource",
      ],
    ] as const;
    for (const [query, token, status, name, message] of cases) {
      const headers = { authorization: token };
      const refused = await https(bench.hub, `/twins/${deviceId}/methods${query}`, { headers, body });
      expect(refused.headers["iothub-errorcode"]).toBe(name);
      expect(refused.status).toBe(status);
      expect(refused.json).toEqual({ Message: expect.any(String), ExceptionMessage: "" });
      expect(JSON.parse(refused.json.Message)).toEqual({
        errorCode: expect.any(Number),
        trackingId: expect.stringMatching(/^[0-9a-f]{32}-G:0-TimeStamp:/),
        message: expect.stringMatching(message.replace(/[.[\]]/g, ".")),
        info: expect.any(Object),
        timestampUtc: expect.any(String),
      });
    }
  });
});
