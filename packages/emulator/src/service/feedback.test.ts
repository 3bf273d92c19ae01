import { expect, it } from "vitest";
import { TestBench } from "../testing/emulator.ts";
import { serviceRequest } from "../testing/service.ts";

const bench = new TestBench();
const path = "/messages/serviceBound/feedback";

it("feedback is locked, abandoned, locked again and completed over HTTPS", async () => {
  const send = (request: string, policy = "service"): ReturnType<typeof serviceRequest> =>
    serviceRequest(bench.hub, request, { policy });
  expect(await send(`GET ${path}`)).toMatchObject({ status: 204 });
  const deviceId = await bench.newDevice();
  await bench.hub.sendC2d(deviceId, "x", { messageId: "m", ack: "negative" });
  await bench.hub.purgeC2d(deviceId);
  const lockTokenOf = ({ headers }: { headers: object }): string =>
    String((headers as { etag?: string }).etag).replaceAll('"', "");
  const first = await send(`GET ${path}`);
  expect(first).toMatchObject({
    status: 200,
    json: [{ originalMessageId: "m", deviceId, statusCode: "Purged" }],
  });
  expect(await send(`GET ${path}`)).toMatchObject({ status: 204 });
  expect(await send(`POST ${path}/${lockTokenOf(first)}/abandon`)).toMatchObject({ status: 204 });
  const second = await send(`GET ${path}`);
  expect(await send(`DELETE ${path}/${lockTokenOf(first)}`)).toMatchObject({ status: 412 });
  expect(await send(`DELETE ${path}/${lockTokenOf(second)}`)).toMatchObject({ status: 204 });
  expect(await send(`GET ${path}`)).toMatchObject({ status: 204 });
  expect(await send(`GET ${path}`, "registryRead")).toMatchObject({ status: 401 });
});
