import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { BlobServiceClient, ContainerClient } from "@azure/storage-blob";
import { expect, it } from "vitest";
import { Azurite } from "../../blobs/azurite.ts";
import { signAccount, signContainer } from "../../blobs/blob-sas.ts";
import { TestBench } from "../../testing/emulator.ts";
import type { HttpsAnswer } from "../../testing/https.ts";
import { type ServiceRequest, serviceRequest } from "../../testing/service.ts";

const bench = new TestBench();
const send = (request: string, options?: ServiceRequest): Promise<HttpsAnswer> =>
  serviceRequest(bench.hub, request, options);
const codeOf = ({ status, headers }: HttpsAnswer): unknown[] => [status, headers["iothub-errorcode"]];

type Line = Readonly<Record<string, unknown>>;

async function ended(jobId: string): Promise<HttpsAnswer["json"]> {
  for (;;) {
    const { json } = await send(`GET /jobs/${jobId}`);
    if (json.endTimeUtc !== null) return json;
  }
}

async function run(body: object): Promise<HttpsAnswer["json"]> {
  const { status, json } = await send("POST /jobs/create", { body });
  expect([status, json.jobId]).toEqual([200, expect.any(String)]);
  return ended(json.jobId);
}

async function read(container: string, blobName: string): Promise<Line[]> {
  const blob = await new ContainerClient(container).getBlobClient(blobName).downloadToBuffer();
  const lines = blob
    .toString()
    .split("\n")
    .filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line));
}

async function write(
  container: string,
  blobName: string,
  lines: readonly (object | string)[],
): Promise<void> {
  const text = lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n");
  await new ContainerClient(container).getBlockBlobClient(blobName).upload(text, Buffer.byteLength(text));
}

it("an export into the hub's own container has identities with their twins, and an import restores them", async () => {
  const container = await bench.hub.createBlobContainer("own");
  await bench.hub.createDevice("kept", { status: "disabled", statusReason: "spare" });
  await bench.hub.createModule("kept", "m");
  await bench.hub.patchTwin("kept", { tags: { floor: 3 }, desired: { interval: 5 } });
  const { authentication } = await bench.hub.getDevice("kept");
  const job = await run({ type: "export", outputBlobContainerUri: container, excludeKeysInExport: false });
  expect(job).toMatchObject({
    type: "export",
    status: "completed",
    progress: 100,
    excludeKeysInExport: false,
    failureReason: null,
    inputBlobContainerUri: null,
    outputBlobContainerUri: container,
  });
  const lines = await read(container, "devices.txt");
  expect(lines).toMatchObject([
    {
      id: "kept",
      eTag: expect.any(String),
      status: "disabled",
      statusReason: "spare",
      authentication,
      twinETag: expect.any(String),
      tags: { floor: 3 },
      properties: { desired: { interval: 5 }, reported: {} },
      capabilities: { iotEdge: false },
    },
    { id: "kept", moduleId: "m", authentication: { type: "sas" } },
  ]);

  await bench.hub.deleteDevice("kept");
  const imported = { type: "import", inputBlobContainerUri: container, outputBlobContainerUri: container };
  expect(await run(imported)).toMatchObject({ type: "import", status: "completed" });
  expect(await read(container, "importErrors.log")).toEqual([]);
  expect(await bench.hub.getDevice("kept")).toMatchObject({ status: "disabled", authentication });
  expect(await bench.hub.getModule("kept", "m")).toMatchObject({ moduleId: "m" });
  const { tags, properties } = await bench.hub.getTwin("kept");
  expect([tags, properties.desired]).toMatchObject([{ floor: 3 }, { interval: 5 }]);

  await run({
    type: "export",
    outputBlobContainerUri: container,
    excludeKeysInExport: true,
    outputBlobName: "no/keys",
  });
  const symmetricKey = { primaryKey: null, secondaryKey: null };
  expect(await read(container, "no/keys")).toMatchObject([
    { authentication: { symmetricKey } },
    { authentication: { symmetricKey } },
  ]);
  expect((await send("GET /jobs")).json).toHaveLength(3);
});

it("configurations are exported and imported with the identities", async () => {
  const container = await bench.hub.createBlobContainer("configurations");
  const deviceContent = { "properties.desired.color": "red" };
  const body = {
    content: { deviceContent },
    targetCondition: "tags.floor = 3",
    priority: 7,
    labels: { app: "lamp" },
    metrics: { queries: { all: "SELECT deviceId FROM devices" } },
  };
  await send("PUT /configurations/kept", { body });
  const urls = { inputBlobContainerUri: container, outputBlobContainerUri: container };
  const job = { ...urls, includeConfigurations: true };
  expect(await run({ ...job, type: "export" })).toMatchObject({
    status: "completed",
    includeConfigurations: true,
    configurationsBlobName: "configurations.txt",
  });
  const [line] = await read(container, "configurations.txt");
  expect(line).toMatchObject({ id: "kept", schemaVersion: "1.0", etag: expect.any(String), ...body });

  await send("DELETE /configurations/kept");
  await write(container, "configurations.txt", [
    { ...line, importMode: "createOrUpdateIfMatchETag" },
    { ...line, priority: 8 },
    { ...line, priority: 9, importMode: "createOrUpdateIfMatchETag" },
    { ...line, importMode: "delete" },
    { ...line, content: { deviceContent: { "properties.desired.color": "blue" } } },
    "[]",
    "{",
  ]);
  expect(await run({ ...job, type: "import" })).toMatchObject({ status: "completed" });
  expect((await send("GET /configurations/kept")).json).toMatchObject({ ...body, priority: 8 });
  expect(await read(container, "importErrors.log")).toMatchObject([
    { id: "kept", errorCode: 412001 },
    { id: "kept", errorCode: 400004 },
    { id: "kept", errorCode: 400403 },
    { errorCode: 400012, errorStatus: "line 6 must be a JSON object, got an array." },
    { errorCode: 400012, errorStatus: "line 7 must be the JSON of a configuration, got other text." },
  ]);
  await send("DELETE /configurations/kept");
});

it("an import from another Azurite follows import modes, and logs what fails without its keys", async () => {
  const azurite = new Azurite();
  await azurite.start();
  const expiry = new Date(Date.now() + 3_600_000);
  const base = `http://127.0.0.1:${azurite.port}/${azurite.account.name}`;
  const service = new BlobServiceClient(`${base}${await signAccount(azurite.account, expiry)}`);
  await service.createContainer("identities");
  const container = `${base}/identities${await signContainer(azurite.account, "identities", expiry)}`;
  await bench.hub.createDevice("old");
  await bench.hub.createDevice("changed");
  const secret = Buffer.alloc(32, 1).toString("base64");
  const sas = { type: "sas", symmetricKey: { primaryKey: secret, secondaryKey: secret } };
  await write(container, "some.txt", [
    { id: "new", authentication: sas, tags: { made: "by import" } },
    { id: "old", importMode: "delete" },
    { id: "changed", importMode: "update", status: "disabled" },
    "",
    { id: "changed", importMode: "create" },
    { id: "missing", importMode: "updateTwin", tags: {} },
    `{"id":"broken","authentication":"${secret}"`,
    `["${secret}"]`,
    { id: "new", moduleId: "m", importMode: "createOrUpdate" },
  ]);
  const job = await run({
    type: "import",
    inputBlobContainerUri: container,
    inputBlobName: "some.txt",
    outputBlobContainerUri: container,
  });
  expect(job).toMatchObject({ status: "completed", inputBlobName: "some.txt" });
  const errors = await read(container, "importErrors.log");
  expect(errors).toMatchObject([
    { id: "changed", errorCode: 409001 },
    { id: "missing", errorCode: 404001 },
    { errorCode: 400012, errorStatus: "line 6 must be the JSON of an identity, got other text." },
    { errorCode: 400012 },
  ]);
  expect(JSON.stringify(errors)).not.toContain(secret);
  expect(await bench.hub.getDevice("new")).toMatchObject({ authentication: sas });
  expect((await bench.hub.getTwin("new")).tags).toEqual({ made: "by import" });
  expect(await bench.hub.getDevice("changed")).toMatchObject({ status: "disabled" });
  expect((await send("GET /devices/old")).status).toBe(404);

  const missing = { type: "import", inputBlobContainerUri: container, outputBlobContainerUri: container };
  expect(await run(missing)).toMatchObject({
    status: "failed",
    failureReason: "The container's blob 'devices.txt' failed: BlobNotFound.",
  });
  await azurite.close();
  expect(await run(missing)).toMatchObject({
    status: "failed",
    failureReason: expect.stringMatching(/ECONNREFUSED/),
  });
});

it("one job runs at a time, and can be cancelled", async () => {
  // A storage that accepts requests, and doesn't answer.
  const silent = createServer(() => {}).listen(0, "127.0.0.1");
  await once(silent, "listening");
  const { port } = silent.address() as AddressInfo;
  const body = { type: "export", outputBlobContainerUri: `http://127.0.0.1:${port}/account/silent?sig=x` };
  const { json: job } = await send("POST /jobs/create", { body });
  expect(job).toMatchObject({ status: "running", progress: 0, endTimeUtc: null });
  expect(codeOf(await send("POST /jobs/create", { body }))).toEqual([403, "JobQuotaExceeded"]);
  expect((await send(`DELETE /jobs/${job.jobId}`)).json).toMatchObject({ status: "cancelled" });
  expect((await send(`DELETE /jobs/${job.jobId}`)).json).toMatchObject({ status: "cancelled" });
  const { json: next } = await send("POST /jobs/create", { body });
  expect(next).toMatchObject({ status: "running" });
  // With the state of a hub, a job that ran then has failed.
  await bench.hub.importState(await bench.hub.exportState());
  expect((await send(`GET /jobs/${next.jobId}`)).json).toMatchObject({
    status: "failed",
    failureReason: "The hub stopped before the job had ended.",
  });
  expect((await send(`GET /jobs/${job.jobId}`)).json).toMatchObject({ status: "cancelled" });
  silent.closeAllConnections();
  silent.close();
});

it("a job is refused without a container, or without the right to write", async () => {
  const uri = "https://account.blob.core.windows.net/container?sv=2020-02-10&sig=secret";
  const ok = { type: "export", outputBlobContainerUri: uri };
  for (const body of [
    { ...ok, type: "backup" },
    { type: "export" },
    { ...ok, outputBlobContainerUri: "container?sig=secret" },
    { ...ok, outputBlobContainerUri: "file:///etc/passwd?sig=secret" },
    { ...ok, outputBlobContainerUri: "https://account.blob.core.windows.net/container" },
    { ...ok, type: "import" },
  ]) {
    const answer = await send("POST /jobs/create", { body });
    expect(codeOf(answer)).toEqual([400, "ArgumentInvalid"]);
    expect(answer.text).not.toContain("secret");
  }
  const byIdentity = { ...ok, storageAuthenticationType: "identityBased" };
  expect(codeOf(await send("POST /jobs/create", { body: byIdentity }))).toEqual([501, "NotEmulated"]);
  const refused = await send("POST /jobs/create", { body: ok, policy: "registryRead" });
  expect(codeOf(refused)).toEqual([401, "IotHubUnauthorizedAccess"]);
  expect(codeOf(await send("GET /jobs/none"))).toEqual([404, "JobNotFound"]);
  expect(codeOf(await send("DELETE /jobs/none"))).toEqual([404, "JobNotFound"]);
});
