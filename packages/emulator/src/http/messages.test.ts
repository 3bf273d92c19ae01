import { describe, expect, it } from "vitest";
import { connect, deviceToken } from "../testing/device.ts";
import { TestBench } from "../testing/emulator.ts";
import { type HttpsAnswer, https } from "../testing/https.ts";

const bench = new TestBench({ c2dMaxDeliveryCount: 2 });
const version = "?api-version=2021-04-12";

/** Requests of one device. */
async function newDevice(): Promise<{
  id: string;
  request(
    method: string,
    path: string,
    headers?: Record<string, string>,
    body?: string | Uint8Array,
  ): Promise<HttpsAnswer>;
}> {
  const id = await bench.newDevice();
  const authorization = await deviceToken(bench.hub, id);
  return {
    id,
    request: (method, path, headers = {}, body) =>
      https(bench.hub, `/devices/${id}/messages/${path}`, {
        method,
        headers: { authorization, ...headers },
        ...(body === undefined ? {} : { body }),
      }),
  };
}

const lockTokenOf = ({ headers }: HttpsAnswer): string => String(headers["etag"]).slice(1, -1);

describe("telemetry over HTTPS", () => {
  it("has its properties in headers, with their names as they were sent", async () => {
    const device = await newDevice();
    const body = Uint8Array.of(0, 255, 10);
    const answer = await device.request(
      "POST",
      `events${version}`,
      {
        "iothub-to": `/devices/${device.id}/messages/events`,
        "IoTHub-MessageId": "m1",
        "iothub-contenttype": "application/json",
        "iothub-app-Temp-Unit": "C & F",
        "iothub-app-empty": "",
        "dt-subject": "thermostat1",
        "x-other": "ignored",
      },
      body,
    );
    expect(answer).toMatchObject({ status: 204, text: "" });
    expect(bench.hub.telemetry(device.id)).toMatchObject([
      {
        body,
        properties: { "Temp-Unit": "C & F", empty: "" },
        systemProperties: {
          messageId: "m1",
          contentType: "application/json",
          componentName: "thermostat1",
          connectionDeviceId: device.id,
          connectionAuthMethod: expect.stringContaining('"sas"'),
        },
      },
    ]);
    expect(Object.keys(bench.hub.telemetry(device.id)[0]?.properties ?? {})).toEqual(["Temp-Unit", "empty"]);
  });

  it("is sent in batches", async () => {
    const device = await newDevice();
    const headers = { "content-type": "application/vnd.microsoft.iothub.json" };
    const batch = [
      {
        body: Buffer.from("one").toString("base64"),
        properties: { "iothub-app-n": "1", "iothub-messageid": "a" },
      },
      { body: Buffer.from("two").toString("base64"), base64Encoded: true },
      { body: "three", base64Encoded: false },
    ];
    expect((await device.request("POST", `events${version}`, headers, JSON.stringify(batch))).status).toBe(
      204,
    );
    const messages = bench.hub.telemetry(device.id);
    expect(messages.map(({ body }) => Buffer.from(body).toString())).toEqual(["one", "two", "three"]);
    expect(messages[0]).toMatchObject({ properties: { n: "1" }, systemProperties: { messageId: "a" } });
    for (const wrong of ["{}", "no JSON", '[{"body":1}]', '[{"body":"?"}]', "[null]"]) {
      expect((await device.request("POST", `events${version}`, headers, wrong)).status).toBe(400);
    }
    const half = { body: Buffer.alloc(140_000).toString("base64") };
    expect(
      (await device.request("POST", `events${version}`, headers, JSON.stringify([half, half]))).status,
    ).toBe(413);
    expect(bench.hub.telemetry(device.id)).toHaveLength(3);
  });

  it("is refused if it is too large, without a version, or without the token of its device", async () => {
    const device = await newDevice();
    const other = await newDevice();
    expect((await device.request("POST", `events${version}`, {}, new Uint8Array(262_145))).status).toBe(413);
    expect((await device.request("POST", "events", {}, "x")).status).toBe(400);
    const authorization = await deviceToken(bench.hub, other.id);
    expect((await device.request("POST", `events${version}`, { authorization }, "x")).status).toBe(401);
    expect(await bench.event("requestRefused", device.id)).toMatchObject({ status: 413 });
    expect(bench.hub.telemetry(device.id)).toEqual([]);
  });
});

describe("cloud-to-device messages over HTTPS", () => {
  it("are fetched with their properties, and completed, rejected or abandoned", async () => {
    const device = await newDevice();
    const fetch = (): Promise<HttpsAnswer> => device.request("GET", `devicebound${version}`);
    expect((await fetch()).status).toBe(204);
    const options = { messageId: "m1", correlationId: "c1", ack: "full", properties: { n: "1" } } as const;
    await bench.hub.sendC2d(device.id, Uint8Array.of(1, 255), options);
    for (const messageId of ["m2", "m3"]) await bench.hub.sendC2d(device.id, "", { messageId, ack: "full" });
    const [first, second, third] = [await fetch(), await fetch(), await fetch()];
    expect(first).toMatchObject({
      status: 200,
      bytes: Buffer.from([1, 255]),
      headers: {
        etag: expect.stringMatching(/^"[^"]+"$/),
        "iothub-messageid": "m1",
        "iothub-correlationid": "c1",
        "iothub-to": `/devices/${device.id}/messages/deviceBound`,
        "iothub-ack": "full",
        "iothub-app-n": "1",
        "iothub-deliverycount": "1",
        "iothub-expiry": expect.stringMatching(/^\d{4}-.*Z$/),
      },
    });
    expect((await fetch()).status).toBe(204);
    expect(bench.hub.c2dQueue(device.id).map(({ locked }) => locked)).toEqual([true, true, true]);
    const settle = (answer: HttpsAnswer, method: string, rest = ""): Promise<HttpsAnswer> =>
      device.request(method, `devicebound/${lockTokenOf(answer)}${rest}`, {
        "if-match": lockTokenOf(answer),
      });
    expect((await settle(first, "DELETE", version)).status).toBe(204);
    expect((await settle(second, "DELETE", `${version}&reject`)).status).toBe(204);
    expect((await settle(third, "POST", `/abandon${version}`)).status).toBe(204);
    for (const answer of [first, second, third]) {
      expect(await settle(answer, "DELETE", version)).toMatchObject({
        status: 412,
        headers: { "iothub-errorcode": "DeviceMessageLockLost" },
      });
    }
    const again = await fetch();
    expect(again.headers).toMatchObject({ "iothub-messageid": "m3", "iothub-deliverycount": "2" });
    await settle(again, "POST", `/abandon${version}`);
    expect((await fetch()).status).toBe(204);
    const outcomes = bench.hub.feedback().filter(({ deviceId }) => deviceId === device.id);
    expect(outcomes.map(({ originalMessageId: id, statusCode }) => [id, statusCode])).toEqual([
      ["m1", "Success"],
      ["m2", "Rejected"],
      ["m3", "DeliveryCountExceeded"],
    ]);
  });

  it("that are abandoned are delivered over MQTT, if the device is connected", async () => {
    const device = await newDevice();
    await bench.hub.sendC2d(device.id, "x");
    const fetched = await device.request("GET", `deviceBound${version}`);
    const mqtt = await connect(bench.hub, device.id);
    await mqtt.subscribe(`devices/${device.id}/messages/devicebound/#`);
    expect(mqtt.received).toEqual([]);
    await device.request("POST", `deviceBound/${lockTokenOf(fetched)}/abandon${version}`);
    expect(await mqtt.next()).toMatchObject({ dup: true, payload: Buffer.from("x") });
    await mqtt.end();
  });
});

describe("a fault of a device over HTTPS", () => {
  it("refuses telemetry as if the quota was used up", async () => {
    const device = await newDevice();
    bench.hub.faults.exceedQuota({ times: 1, deviceId: device.id });
    const refused = await device.request("POST", `events${version}`, {}, "x");
    expect(refused).toMatchObject({ status: 403, headers: { "iothub-errorcode": "IotHubQuotaExceeded" } });
    expect((await device.request("POST", `events${version}`, {}, "x")).status).toBe(204);
    expect(bench.hub.telemetry(device.id)).toHaveLength(1);
  });

  it("withholds and delays answers", async () => {
    const device = await newDevice();
    bench.hub.faults.mute("puback", device.id, { times: 1 });
    bench.hub.faults.latency(device.id, 200);
    let isAnswered = false;
    device.request("POST", `events${version}`, {}, "muted").then(
      () => {
        isAnswered = true;
      },
      () => {},
    );
    await bench.hub.waitForTelemetry({ deviceId: device.id });
    const started = performance.now();
    expect((await device.request("POST", `events${version}`, {}, "delayed")).status).toBe(204);
    expect((await device.request("GET", `devicebound${version}`)).status).toBe(204);
    expect(performance.now() - started).toBeGreaterThan(390);
    expect(isAnswered).toBe(false);
    expect(bench.hub.telemetry(device.id)).toHaveLength(2);
  });
});
