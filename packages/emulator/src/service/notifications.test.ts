import { decodeBase64, hmacSha256, signSasToken, symmetricKeySigner } from "@isohub/core/internal";
import { VirtualClock } from "@isohub/core/testing";
import { expect, it } from "vitest";
import { TestBench } from "../testing/emulator.ts";
import { TestHub } from "../testing/hub.ts";
import { serviceRequest } from "../testing/service.ts";
import { serviceApiOf } from "../testing/service-api.ts";

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

it("file notifications are locked and completed over HTTPS", async () => {
  const hub = new TestHub(new VirtualClock());
  const api = serviceApiOf(hub);
  const key = decodeBase64(hub.policies.get("service")?.primaryKey ?? "") ?? new Uint8Array();
  const token = await signSasToken(symmetricKeySigner(key, hmacSha256), "localhost", 4_000_000_000);
  const headers = { authorization: `${token}&skn=service` };
  const send = async (method: string, more = ""): Promise<Response | undefined> => {
    const url = `https://localhost/messages/serviceBound/filenotifications${more}?api-version=2021-04-12`;
    return api(new Request(url, { method, headers }));
  };
  const file = { deviceId: "d", blobUri: "https://b/d/f", blobName: "d/f", blobSizeInBytes: 5 };
  hub.uploads.announce({ ...file, lastUpdatedTime: "2024-01-01T00:00:00.000Z" });
  const first = await send("GET");
  expect(first?.headers.get("content-type")).toBe("application/vnd.microsoft.iothub.filenotification.json");
  expect(await first?.json()).toMatchObject(file);
  expect((await send("GET"))?.status).toBe(204);
  const lockToken = first?.headers.get("etag")?.replaceAll('"', "");
  expect((await send("DELETE", `/${lockToken}`))?.status).toBe(204);
  expect((await send("DELETE", `/${lockToken}`))?.status).toBe(412);
  hub.end();
});
