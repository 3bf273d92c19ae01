import { request } from "node:https";
import { describe, expect, it } from "vitest";
import { createCertificate } from "../certificates/node/client-certificate.ts";
import { call } from "../testing/control.ts";
import { connect, dial, type TestDevice } from "../testing/device.ts";
import { TestBench } from "../testing/emulator.ts";
import { registrationToken } from "../testing/provisioning.ts";

const bench = new TestBench({ idScope: "0neTEST", provisioningRetryAfterSeconds: 2 });
const filter = "$dps/registrations/res/#";
let made = 0;

async function enrolled(options = {}): Promise<{ registrationId: string; key: string; token: string }> {
  const registrationId = `reg-${++made}`;
  const { primaryKey: key } = await bench.hub.createEnrollment(registrationId, options);
  return { registrationId, key, token: await registrationToken(key, registrationId) };
}

function userName(registrationId: string): string {
  return `0neTEST/registrations/${registrationId}/api-version=2019-03-31&ClientVersion=test`;
}

/** Sends a request and returns the topic and the body of the answer. */
async function ask(
  device: TestDevice,
  topic: string,
  body: string,
): Promise<[string, Record<string, unknown>]> {
  await device.client.publishAsync(topic, body, { qos: 1 });
  const { topic: answer, payload } = await device.next();
  return [answer, JSON.parse(payload.toString())];
}

describe.each(["tcp", "tls", "ws", "wss"] as const)("provisioning over %s", (transport) => {
  it("registers, also under the name of a connected device, which stays connected", async () => {
    const { registrationId, token } = await enrolled();
    await bench.hub.createDevice(registrationId);
    const working = await connect(bench.hub, registrationId);
    const device = await connect(bench.hub, registrationId, {
      transport,
      token,
      username: userName(registrationId),
    });
    expect(await device.connected).toEqual({ sessionPresent: false, returnCode: 0 });
    expect(await device.subscribe(filter)).toBe(1);
    expect(await device.subscribe("$iothub/twin/res/#")).toBe(128);
    const put = "$dps/registrations/PUT/iotdps-register/?$rid=r%201";
    const [accepted, { operationId }] = await ask(device, put, JSON.stringify({ registrationId }));
    expect(accepted).toBe("$dps/registrations/res/202/?$rid=r%201&retry-after=2");
    const get = `$dps/registrations/GET/iotdps-get-operationstatus/?$rid=r2&operationId=${operationId}`;
    const [done, body] = await ask(device, get, " ");
    expect(done).toBe("$dps/registrations/res/200/?$rid=r2");
    const { port, plainPort } = bench.hub.endpoints;
    // A page that can't use TLS for provisioning can't use it for the hub either.
    const assignedHub = transport === "ws" ? `ws://localhost:${plainPort}` : `localhost:${port}`;
    expect(body).toMatchObject({
      status: "assigned",
      registrationState: { deviceId: registrationId, assignedHub },
    });
    const [unknown] = await ask(device, get.replace(String(operationId), "5.x"), " ");
    expect(unknown).toBe("$dps/registrations/res/404/?$rid=r2");
    await device.end();
    expect(bench.hub.sessions().map(({ clientId }) => clientId)).toContain(registrationId);
    await working.end();
  });

  it("refuses with CONNACK 5, and reports the reason as an event", async () => {
    const { registrationId, token } = await enrolled();
    const other = await enrolled();
    const cases = [
      [registrationId, { token: other.token }, registrationId, "for another registration"],
      [registrationId, { token, clientId: "someone" }, registrationId, "got 'someone'"],
      ["stranger", { token }, "stranger", "for another registration"],
      [registrationId, { token: "" }, registrationId, "malformed"],
    ] as const;
    for (const [name, options, id, detail] of cases) {
      bench.events.length = 0;
      const device = await dial(bench.hub, name, { transport, username: userName(name), ...options });
      expect(await device.connected).toEqual({ sessionPresent: false, returnCode: 5 });
      expect((await bench.event("registrationRefused", id)).detail).toContain(detail);
      await device.closed;
    }
  });

  it.each([
    ["a topic of the hub", "devices/x/messages/events/", 1],
    ["QoS 2", "$dps/registrations/PUT/iotdps-register/?$rid=1", 2],
  ] as const)("closes the connection after %s", async (_what, topic, qos) => {
    const { registrationId, token } = await enrolled();
    const device = await connect(bench.hub, registrationId, {
      transport,
      token,
      username: userName(registrationId),
    });
    device.client.publish(topic, "{}", { qos });
    await device.closed;
  });
});

describe("faults of provisioning", () => {
  it("cut the connection of a registration, but not that of the device", async () => {
    const { registrationId, token } = await enrolled();
    const device = await connect(bench.hub, registrationId, { token, username: userName(registrationId) });
    expect(bench.hub.kick(registrationId)).toBe(false);
    expect(bench.hub.kick(`$dps/${registrationId}`)).toBe(true);
    await device.closed;
  });

  it("are listed, count down, and end", async () => {
    const { registrationId, token } = await enrolled();
    const rule = { registrationId, throttle: 2, retryAfterSeconds: 4, dropAfterRegister: true };
    await call(bench.hub, "POST", "/faults/provisioning", rule);
    const device = await connect(bench.hub, registrationId, { token, username: userName(registrationId) });
    await device.subscribe(filter);
    const body = JSON.stringify({ registrationId });
    const [busy, error] = await ask(device, "$dps/registrations/PUT/iotdps-register/?$rid=1", body);
    expect(busy).toBe("$dps/registrations/res/429/?$rid=1&retry-after=4");
    expect(error).toMatchObject({ errorCode: 429001, trackingId: expect.any(String) });
    const key = `$dps/${registrationId}`;
    expect(bench.hub.faults.rules(key)).toMatchObject([
      { fault: "provisioning", deviceId: key, throttle: 1 },
    ]);
    await ask(device, "$dps/registrations/PUT/iotdps-register/?$rid=2", body);
    device.client.publish("$dps/registrations/PUT/iotdps-register/?$rid=3", body, { qos: 1 });
    await device.closed;
    expect(bench.hub.faults.rules(key)).toEqual([]);
    // The registration was accepted, but not answered.
    await bench.event("registrationDone", registrationId);
  });
});

describe("provisioning over HTTP", () => {
  const version = "?api-version=2021-06-01";

  async function http(method: string, path: string, token: string, body?: object) {
    const { host, plainPort } = bench.hub.endpoints;
    const response = await fetch(`http://${host}:${plainPort}/0neTEST/registrations/${path}`, {
      method,
      headers: { authorization: token },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as Record<string, unknown>;
    return { status: response.status, headers: response.headers, answer };
  }

  it("registers, answers polls, and returns the state", async () => {
    const { registrationId, token } = await enrolled();
    const put = await http("PUT", `${registrationId}/register${version}`, token, { registrationId });
    expect([put.status, put.headers.get("retry-after")]).toEqual([202, "2"]);
    const { operationId } = put.answer;
    expect(put.headers.get("location")).toContain(
      `/registrations/${registrationId}/operations/${operationId}?`,
    );
    const done = await http("GET", `${registrationId}/operations/${operationId}${version}`, token);
    expect(done).toMatchObject({ status: 200, answer: { status: "assigned" } });
    const state = await http("POST", `${registrationId}${version}`, token);
    expect(state).toMatchObject({ status: 200, answer: { deviceId: registrationId, status: "assigned" } });
  });

  it("rejects invalid requests", async () => {
    const { registrationId, token } = await enrolled();
    const refusals = await Promise.all([
      http("PUT", `stranger/register${version}`, token, { registrationId }),
      http("PUT", `${registrationId}/register`, token, { registrationId }),
      http("PUT", `${registrationId}/register${version}`, token, { registrationId: "other" }),
      http("GET", `${registrationId}/operations/5.x${version}`, token),
      http("POST", `${registrationId}${version}`, token),
      http("DELETE", `${registrationId}${version}`, token),
    ]);
    expect(refusals.map(({ status }) => status)).toEqual([401, 400, 400, 404, 404, 405]);
  });

  it("accepts a client certificate", async () => {
    const registrationId = `reg-${++made}`;
    const certificate = await createCertificate(registrationId);
    await bench.hub.createEnrollment(registrationId, {
      attestation: { type: "x509", primaryThumbprint: certificate.thumbprint },
    });
    const { host, port } = bench.hub.endpoints;
    const status = await new Promise((resolve, reject) => {
      const path = `/0neTEST/registrations/${registrationId}/register${version}`;
      const { cert, key } = certificate;
      const { ca } = bench.hub;
      const tls = { ca, cert, key, servername: "localhost", agent: false } as const;
      const sent = request({ host, port, path, method: "PUT", ...tls }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      sent.on("error", reject);
      sent.end(JSON.stringify({ registrationId }));
    });
    expect(status).toBe(202);
  });
});
