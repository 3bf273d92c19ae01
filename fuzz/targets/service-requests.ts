import fc from "fast-check";
import { expect } from "vitest";
import {
  decodeBase64,
  hmacSha256,
  signSasToken,
  symmetricKeySigner,
} from "../../packages/core/src/internal.ts";
import { evaluate } from "../../packages/emulator/src/query/evaluation.ts";
import { parseQuery } from "../../packages/emulator/src/query/parser.ts";
import type { ServiceApi } from "../../packages/emulator/src/service/service-api.ts";
import { type TestHub, testHub } from "../../packages/emulator/src/testing/hub.ts";
import { MemoryContainer, serviceApiOf } from "../../packages/emulator/src/testing/service-api.ts";
import { attempt } from "../coded.ts";
import { editedJsonText } from "../edited-json.ts";
import { editedText } from "../edits.ts";
import { defineTarget, type Target } from "../target.ts";

const query =
  "SELECT TOP 3 deviceId, COUNT() AS n FROM devices WHERE tags.a[0] IN ['x', 0x1] AND NOT (IS_DEFINED(tags.[[b c]]) OR 1 + -2 <> 3) GROUP BY deviceId";
const device = {
  deviceId: "d2",
  status: "enabled",
  authentication: { type: "sas", symmetricKey: { primaryKey: "", secondaryKey: null } },
  capabilities: { iotEdge: false },
};
const twin = { tags: { a: [1] }, properties: { desired: { b: { c: "d" } } }, etag: "AAAAAAAAAAE=" };
const bulk = ["create", "update", "updateTwin", "delete"].map((importMode) => ({
  ...twin,
  id: "d2",
  importMode,
  eTag: "x",
}));

const configuration = {
  id: "c",
  schemaVersion: "1.0",
  labels: { app: "x" },
  content: { deviceContent: { "properties.desired.color": "red" } },
  targetCondition: "tags.floor = 3 AND deviceId = 'd1'",
  priority: 10,
  metrics: { queries: { all: "SELECT deviceId FROM devices" } },
};
const job = {
  jobId: "j",
  queryCondition: "deviceId = 'd1'",
  startTime: "2024-01-01T00:00:00Z",
  maxExecutionTimeInSeconds: 1,
};

/** Requests that are valid before they are edited. A method is called on a device that isn't connected. */
const valid: readonly (readonly [method: string, path: string, body: unknown])[] = [
  ["PUT", "/devices/d2", device],
  ["PUT", "/devices/d1/modules/m", { moduleId: "m", managedBy: "x" }],
  ["POST", "/devices", bulk],
  ["PATCH", "/twins/d1", twin],
  ["PUT", "/twins/d1", twin],
  ["POST", "/twins/d1/methods", { methodName: "m", payload: { a: 1 } }],
  ["POST", "/devices/query", { query }],
  ["GET", "/devices?top=5", null],
  ["DELETE", "/devices/d2", null],
  ["POST", "/devices/keys/regenerate", { policyKey: "both", devices: [{ id: "d1" }] }],
  ["PUT", "/configurations/c", configuration],
  [
    "POST",
    "/configurations/testQueries",
    { targetCondition: "tags.a = 1", customMetricQueries: { all: query } },
  ],
  ["POST", "/devices/d1/applyConfigurationContent", configuration.content],
  ["PUT", "/jobs/v2/j", { ...job, type: "scheduleUpdateTwin", updateTwin: twin }],
  ["PUT", "/jobs/v2/k", { ...job, type: "scheduleDeviceMethod", cloudToDeviceMethod: { methodName: "m" } }],
  ["POST", "/jobs/create", { type: "export", outputBlobContainerUri: "https://a/b?sig=c" }],
  ["PATCH", "/digitaltwins/d1", [{ op: "add", path: "/interval", value: 7 }]],
  ["POST", "/digitaltwins/d1/commands/reboot?connectTimeoutInSeconds=0", { delay: 8 }],
];
const requests = fc.constantFrom(...valid).chain(([method, path, body]) =>
  fc.record({
    method: fc.constant(method),
    path: fc.oneof(
      fc.constant(path),
      editedText(fc.constant(path)).map(
        (text) => `/${encodeURI(text.slice(1, 2000).replace(/\p{Surrogate}/gu, "x"))}`,
      ),
    ),
    ifMatch: fc.option(editedText(fc.constantFrom("*", '"*"', 'W/"AAAA"')).map(headerValue)),
    body: editedJsonText(fc.constant(body)),
  }),
);

const version = "api-version=2021-04-12";
const jobsUrl = "http://localhost/jobs";

interface Served {
  readonly hub: TestHub;
  readonly api: ServiceApi;
  readonly token: string;
  readonly container: MemoryContainer;
}

let served: Promise<Served> | undefined;

/** Requests of services: answered, or refused with a status below 500, or 501 with the name of what is missing. */
export const serviceRequests: Target = defineTarget("service-requests", requests, async (request) => {
  served ??= serve();
  const { api, token } = await served;
  const { method, path, ifMatch, body } = request;
  const url = new URL(`http://localhost${path}`);
  url.searchParams.set("api-version", "2021-04-12");
  const headers = { authorization: token, ...(ifMatch === null ? {} : { "if-match": ifMatch }) };
  const hasBody = method !== "GET" && method !== "DELETE";
  const response = await api(new Request(url, { method, headers, ...(hasBody ? { body } : {}) }));
  if (response === undefined) return;
  const text = await response.text();
  const name = response.headers.get("iothub-errorcode");
  if (response.status >= 500 && name !== "NotEmulated") {
    throw new Error(`${method} ${url.pathname} was answered with ${response.status}: ${text}`);
  }
  if (response.status >= 400 && name !== null) {
    expect(JSON.parse(text)).toMatchObject({ Message: expect.any(String) });
  }
});

const imported = bulk.map((each) =>
  editedJsonText(fc.constant({ ...each, ...device, properties: twin.properties })),
);

/** Lines of an import: each is imported or logged with a number, and none stops the job. */
export const importedLines: Target = defineTarget(
  "imported-lines",
  fc.array(fc.oneof(...imported), { maxLength: 4 }),
  async (lines) => {
    served ??= serve();
    const { api, token, container } = await served;
    container.blobs.set("devices.txt", lines);
    const uri = "https://a/b?sig=c";
    const body = JSON.stringify({ type: "import", inputBlobContainerUri: uri, outputBlobContainerUri: uri });
    const headers = { authorization: token };
    const create = new Request(`${jobsUrl}/create?${version}`, { method: "POST", headers, body });
    const created = (await (await api(create))?.json()) as { jobId: string } | undefined;
    let job = { status: "running", failureReason: "" };
    while (job.status === "running") {
      job = (await (
        await api(new Request(`${jobsUrl}/${created?.jobId}?${version}`, { headers }))
      )?.json()) as typeof job;
    }
    if (job.status !== "completed") throw new Error(`the import must complete, got: ${job.failureReason}`);
    for (const line of container.blobs.get("importErrors.log") ?? []) {
      expect(JSON.parse(line)).toMatchObject({
        errorCode: expect.any(Number),
        errorStatus: expect.any(String),
      });
    }
  },
);

/** Queries: parsed and evaluated, or refused with the place of the problem. */
export const queries: Target = defineTarget("queries", editedText(fc.constant(query)), (text) => {
  const outcome = attempt(() => parseQuery(text));
  if ("error" in outcome || outcome.value.where === undefined) return;
  for (const each of [{}, { deviceId: "d", ...twin }]) evaluate(outcome.value.where, each);
});

async function serve(): Promise<Served> {
  const hub = testHub();
  const key = decodeBase64(hub.policies.get("iothubowner")?.primaryKey ?? "") ?? new Uint8Array();
  const token = await signSasToken(symmetricKeySigner(key, hmacSha256), "localhost", 4_000_000_000);
  const container = new MemoryContainer();
  return { hub, container, api: serviceApiOf(hub, container), token: `${token}&skn=iothubowner` };
}

// Only these characters reach a server in a header.
function headerValue(text: string): string {
  return text.replace(/[^ -~]/g, "").trim();
}
