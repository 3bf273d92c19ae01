import { describe, expect, it } from "vitest";
import { TestBench } from "../testing/emulator.ts";
import type { HttpsAnswer } from "../testing/https.ts";
import { type ServiceRequest, serviceRequest } from "../testing/service.ts";

const bench = new TestBench();
const send = (request: string, options?: ServiceRequest): Promise<HttpsAnswer> =>
  serviceRequest(bench.hub, request, options);
const codeOf = ({ status, headers }: HttpsAnswer): unknown[] => [status, headers["iothub-errorcode"]];

describe("a digital twin", () => {
  it("has values, acknowledgements and components, and is patched", async () => {
    const device = await bench.device();
    const path = `/digitaltwins/${device.id}`;
    const reported = {
      serial: "s1",
      thermostat: { __t: "c", max: 25, target: { value: 20, ac: 200, av: 2, ad: "done" } },
    };
    await device.subscribe("$iothub/twin/res/#");
    await device.twin(reported);
    const first = await send(`GET ${path}`);
    const time = expect.any(String);
    expect(first).toMatchObject({
      status: 200,
      json: {
        $dtId: device.id,
        $metadata: { $model: "", serial: { lastUpdateTime: time } },
        serial: "s1",
        thermostat: {
          max: 25,
          target: 20,
          $metadata: { target: { ackValue: 20, ackCode: 200, ackVersion: 2, ackDescription: "done" } },
        },
      },
    });
    const body = [
      { op: "add", path: "/thermostat/target", value: 21 },
      { op: "replace", path: "/interval", value: 5 },
      { op: "add", path: "/pump", value: { $metadata: {}, speed: 1 } },
    ];
    const headers = { "if-match": String(first.headers["etag"]) };
    const patched = await send(`PATCH ${path}`, { body, headers });
    expect(patched.status).toBe(202);
    expect(patched.headers["location"]).toContain(path);
    const { properties, etag } = await bench.hub.getTwin(device.id);
    expect(patched.headers["etag"]).toBe(`"${etag}"`);
    expect(properties.desired).toMatchObject({
      interval: 5,
      thermostat: { __t: "c", target: 21 },
      pump: { __t: "c", speed: 1 },
    });
    const { json } = await send(`GET ${path}`);
    expect(json.thermostat.$metadata.target).toMatchObject({ desiredValue: 21, ackValue: 20 });
    expect(json.$metadata.interval).toEqual({ desiredValue: 5 });
    expect(codeOf(await send(`PATCH ${path}`, { body, headers }))).toEqual([412, "PreconditionFailed"]);
    const removal = [{ op: "remove", path: "/interval" }];
    expect((await send(`PATCH ${path}`, { body: removal })).status).toBe(202);
    expect((await bench.hub.getTwin(device.id)).properties.desired).not.toHaveProperty("interval");
    for (const wrong of [{}, [{ op: "move", path: "/a" }], [{ op: "add", path: "a", value: 1 }]]) {
      expect(codeOf(await send(`PATCH ${path}`, { body: wrong }))).toEqual([
        400,
        "InvalidDigitalTwinJsonPatch",
      ]);
    }
    expect(codeOf(await send("GET /digitaltwins/missing"))).toEqual([404, "DeviceNotFound"]);
    await device.end();
  });

  it.each([
    ["commands/reboot", "reboot"],
    ["components/thermostat/commands/reset", "thermostat*reset"],
  ])("carries out %s", async (path, name) => {
    const device = await bench.device();
    await device.subscribe("$iothub/methods/POST/#");
    const answer = send(`POST /digitaltwins/${device.id}/${path}?responseTimeoutInSeconds=60`, {
      body: { a: 1 },
    });
    const { topic, payload } = await device.next();
    expect([decodeURIComponent(topic), JSON.parse(payload.toString())]).toEqual([
      expect.stringContaining(`/POST/${name}/`),
      { a: 1 },
    ]);
    device.client.publish(`$iothub/methods/res/201/?$rid=${topic.split("$rid=")[1]}`, '{"ok":true}');
    expect(await answer).toMatchObject({
      status: 200,
      headers: { "x-ms-command-statuscode": "201", "x-ms-request-id": expect.any(String) },
      json: { ok: true },
    });
    await device.end();
  });
});
