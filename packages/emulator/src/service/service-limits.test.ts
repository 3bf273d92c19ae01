import rhea from "rhea";
import { expect, it } from "vitest";
import { AmqpClient } from "../testing/amqp-client.ts";
import { deviceToken } from "../testing/device.ts";
import { TestBench } from "../testing/emulator.ts";
import type { HttpsAnswer } from "../testing/https.ts";
import { type ServiceRequest, serviceRequest } from "../testing/service.ts";

const free = new TestBench({ tier: "F1" });
const basic = new TestBench({ tier: "B1" });
const codeOf = ({ status, headers }: HttpsAnswer): unknown[] => [status, headers["iothub-errorcode"]];

/** Sends a request until the hub refuses it. Returns the answers of both kinds. */
async function exhaust(
  request: string,
  options: ServiceRequest = {},
): Promise<{ accepted: number; refused: HttpsAnswer }> {
  for (let accepted = 0; ; accepted++) {
    const answer = await serviceRequest(free.hub, request, options);
    if (answer.status !== 200) return { accepted, refused: answer };
  }
}

it("a tier limits the requests of services in a minute", async () => {
  const query = { body: { query: "SELECT * FROM devices" } };
  const { accepted, refused } = await exhaust("POST /devices/query", query);
  expect(accepted).toBeGreaterThanOrEqual(20);
  expect(codeOf(refused)).toEqual([429, "ThrottlingException"]);
  expect(refused.headers["retry-after"]).toBe("1");
  // Other operations have their own limits.
  expect((await serviceRequest(free.hub, "GET /devices")).status).toBe(200);
  const configurations = await exhaust("GET /configurations");
  expect(configurations.accepted).toBeGreaterThanOrEqual(20);
  expect(codeOf(configurations.refused)).toEqual([429, "ThrottlingException"]);
});

it("a basic tier has the registry, and no twins, methods, modules, jobs and configurations", async () => {
  const send = (request: string, options?: ServiceRequest): Promise<HttpsAnswer> =>
    serviceRequest(basic.hub, request, options);
  expect((await send("PUT /devices/d", { body: { deviceId: "d" } })).status).toBe(200);
  expect((await send("GET /statistics/devices")).status).toBe(200);
  const jobs = await send("GET /jobs");
  expect([jobs.status, jobs.json]).toEqual([200, []]);
  for (const [request, options] of [
    ["GET /twins/d"],
    ["PATCH /twins/d", { body: { tags: {} } }],
    ["POST /twins/d/methods", { body: { methodName: "m" } }],
    ["PUT /devices/d/modules/m", { body: { moduleId: "m" } }],
    ["DELETE /devices/d/commands"],
    ["GET /jobs/v2/query"],
    ["GET /configurations"],
    ["GET /digitaltwins/d"],
    ["GET /messages/serviceBound/feedback"],
  ] as const) {
    expect(codeOf(await send(request, options)), request).toEqual([
      403,
      "OperationNotAvailableInCurrentTier",
    ]);
  }
  // The errors of twins have a number, and a request without the right is refused for that.
  const { json } = await send("GET /twins/d");
  expect(JSON.parse(json.Message)).toMatchObject({ errorCode: 403010 });
  const refused = await send("GET /twins/d", { policy: "device" });
  expect(codeOf(refused)).toEqual([401, "IotHubUnauthorizedAccess"]);
  // Over AMQP, the link is refused, and the others stay.
  const id = await basic.newDevice();
  const client = await AmqpClient.open(basic.hub);
  expect(await client.putToken(await deviceToken(basic.hub, id))).toBe(200);
  const sender = await client.sender(`/devices/${id}/messages/events`);
  for (const node of ["twin", "methods/devicebound"]) {
    const address = `/devices/${id}/${node}`;
    await expect(client.sender(address)).rejects.toMatchObject({ condition: "amqp:not-allowed" });
    await expect(client.receiver(address)).rejects.toMatchObject({ condition: "amqp:not-allowed" });
  }
  expect(await client.send(sender, { body: rhea.message.data_section(Buffer.from("x")) })).toBe("accepted");
  client.close();
  const device = await basic.device();
  await device.client.publishAsync(`devices/${device.id}/messages/events/`, "x", { qos: 1 });
  device.client.publish("$iothub/twin/GET/?$rid=1", "");
  await device.closed;
});
