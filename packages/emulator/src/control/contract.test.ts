import { generateKeyPairSync } from "node:crypto";
import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { beforeAll, expect, it } from "vitest";
import { createCertificateAuthority } from "../certificates/node/client-certificate.ts";
import { createControlClient } from "../control-client.ts";
import type { HubEvent } from "../hub/events/events.ts";
import { startEmulator } from "../start-emulator.ts";
import { connect } from "../testing/device.ts";
import { TestBench } from "../testing/emulator.ts";
import { https } from "../testing/https.ts";
import { registrationToken } from "../testing/provisioning.ts";
import { newUploader, pathOf, requestUpload } from "../testing/upload.ts";

interface Content {
  readonly content: Readonly<Record<string, { readonly schema: object }>>;
}

interface Described {
  readonly operationId: string;
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Partial<Content>>>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
}

const bench = new TestBench();
const ajv = new Ajv2020({ strict: false, allErrors: true });
formats.default(ajv);
const called = new Set<string>();
let document: Document;

beforeAll(async () => {
  document = (await (await fetch(`${bench.hub.endpoints.controlUrl}/openapi.json`)).json()) as Document;
  ajv.addSchema(document, "openapi");
});

/** Finds the operation of a request, and where the document describes it. */
function find(method: string, pathname: string): [Described, pointer: string] {
  for (const [path, item] of Object.entries(document.paths)) {
    const pattern = path
      .replace(/[.]/g, "\\.")
      .replace("{blobName}", ".+")
      .replace(/\{\w+\}/g, "[^/]+");
    const operation = item[method.toLowerCase()];
    if (operation === undefined || !new RegExp(`^/control${pattern === "/" ? "" : pattern}$`).test(pathname))
      continue;
    const key = path.replaceAll("/", "~1");
    return [operation, `openapi#/paths/${encodeURIComponent(key)}/${method.toLowerCase()}`];
  }
  throw new Error(`the document must describe ${method} ${pathname}`);
}

function check(pointer: string, value: unknown, what: string): void {
  const isValid = ajv.validate({ $ref: pointer }, value);
  expect(isValid, `${what}: ${ajv.errorsText()}\n${JSON.stringify(value)}`).toBe(true);
}

/** Sends a request, and compares it and its answer with the document. */
async function checkedFetch(url: string, init: RequestInit): Promise<Response> {
  const method = init.method ?? "GET";
  const [{ operationId, requestBody, responses }, pointer] = find(method, new URL(url).pathname);
  if (requestBody !== undefined) {
    const schema = `${pointer}/requestBody/content/application~1json/schema`;
    check(schema, JSON.parse(String(init.body)), `request of ${operationId}`);
  }
  const response = await fetch(url, init);
  const status = response.status in responses ? response.status : "default";
  const type = response.headers.get("content-type")?.split(";")[0] ?? "";
  const { content } = responses[status] ?? {};
  expect(content === undefined ? [""] : Object.keys(content), operationId).toContain(type);
  if (type === "application/json") {
    const schema = `${pointer}/responses/${status}/content/application~1json/schema`;
    check(schema, await response.clone().json(), `answer of ${operationId}`);
  }
  if (response.ok) called.add(operationId);
  return response;
}

async function register(registrationId: string, key: string): Promise<void> {
  const { endpoints, idScope } = bench.hub;
  const base = `http://127.0.0.1:${endpoints.plainPort}/${idScope}/registrations/${registrationId}`;
  const headers = { authorization: await registrationToken(key, registrationId, { scope: idScope }) };
  const version = "api-version=2021-06-01";
  const body = JSON.stringify({ registrationId });
  const answer = await fetch(`${base}/register?${version}`, { method: "PUT", headers, body });
  const { operationId } = (await answer.json()) as { operationId: string };
  await expect
    .poll(async () => (await fetch(`${base}/operations/${operationId}?${version}`, { headers })).status)
    .toBe(200);
}

it("every operation and its answer are as the OpenAPI document describes them", async () => {
  const hub = createControlClient(bench.hub.endpoints.controlUrl, { fetch: checkedFetch });
  const stop = new AbortController();
  const events: HubEvent[] = [];
  const reading = (async () => {
    for await (const event of await hub.events(undefined, stop)) events.push(event);
  })();

  await hub.info();
  await hub.caPem();
  expect((await hub.caTrustStore()).length).toBeGreaterThan(300);
  await hub.openApi();
  await hub.createHub("second", { plainPort: 0 });
  await hub.hubs();

  await hub.createDevice("d", { status: "enabled", statusReason: null });
  await hub.createModule("d", "m");
  await hub.createModule("d", "n");
  for (const read of [hub.getDevice("d"), hub.listDevices(), hub.getModule("d", "m"), hub.listModules("d")]) {
    await read;
  }
  await hub.updateDevice("d", { statusReason: "in use" });
  await hub.updateModule("d", "m", {});
  const { cert } = await createCertificateAuthority("contract CA");
  const { thumbprint } = await hub.addCaCertificate(cert);
  await hub.caCertificates();
  await hub.removeCaCertificate(thumbprint);

  await hub.addRoute({ from: { deviceId: "d", moduleId: "m" }, to: { moduleId: "n", input: "i" } });
  const [route] = await hub.routes();
  await hub.removeRoute(route?.id ?? "");
  await hub.sendToInput("d", "m", "in/put", Uint8Array.of(0xff), { from: { deviceId: "d" } });
  await hub.inputQueue("d", "m");
  await hub.sendC2d("d", { json: true }, { ack: "full", properties: { a: "b" } });
  await hub.c2dQueue("d");
  await hub.purgeC2d("d");
  await hub.feedback();
  for (const identity of ["d", "d/m"]) {
    const device = await connect(bench.hub, identity);
    await device.subscribe("$iothub/methods/POST/#");
    const root = `devices/${identity.replace("/", "/modules/")}/messages/events/`;
    await device.client.publishAsync(`${root}a&b=c`, "x", { qos: 1 });
    const result = hub.invokeMethod(identity, "go", { a: 1 }, { responseTimeoutInSeconds: 5 });
    const { topic } = await device.next();
    device.client.publish(`$iothub/methods/res/200/?$rid=${topic.split("=")[1]}`, "[1]");
    expect(await result).toEqual({ status: 200, payload: [1] });
    await hub.getTwin(identity);
    await hub.patchTwin(identity, { tags: { t: 1 }, desired: { d: { e: 1 } } });
    await hub.sessions();
    await hub.quota();
    expect(await hub.kick(identity)).toBe(true);
    await device.closed;
  }
  expect(await hub.telemetry("d", { after: 0, waitMs: 1 })).toHaveLength(2);

  const { id } = await hub.startWorkload({ deviceId: "d", moduleId: "m", port: 0 });
  await hub.workloads();
  await hub.stopWorkload(id);
  const uploader = await newUploader(bench);
  const target = await requestUpload(bench, uploader, "a b/c.txt");
  const headers = { "x-ms-blob-type": "BlockBlob" };
  await https(bench.hub, pathOf(target), { method: "PUT", headers, body: "file" });
  expect(new TextDecoder().decode(await hub.readBlob(target.blobName))).toBe("file");
  await hub.uploads();
  expect(await hub.createBlobContainer("identities")).toMatch(/^http:.*\/isohub\/identities\?sv=.*&sig=/);
  await hub.createConsumerGroup("dashboard");
  expect(await hub.consumerGroups()).toEqual(["$Default", "dashboard"]);
  await hub.createEventHub("alarms");
  expect(await hub.eventHubs()).toHaveLength(2);
  await hub.createMessageRoute("hot", {
    source: "DeviceMessages",
    endpoint: "alarms",
    condition: "hot = 'yes'",
  });
  expect(await hub.messageRoutes()).toMatchObject([{ name: "hot", endpoint: "alarms" }]);
  await hub.deleteMessageRoute("hot");

  const { primaryKey } = await hub.createEnrollment("reg", {
    attestation: { type: "symmetricKey" },
    initialTwin: { desired: { a: 1 } },
    payload: [1],
  });
  await hub.getEnrollment("reg");
  await hub.listEnrollments();
  const ca = (await createCertificateAuthority()).cert;
  await hub.createEnrollmentGroup("group", { attestation: { type: "x509", ca: [ca] }, hubs: ["second"] });
  await hub.getEnrollmentGroup("group");
  await hub.listEnrollmentGroups();
  await register("reg", primaryKey);
  await hub.registrationState("reg");
  await hub.moveDevice("reg", "second");
  await hub.deleteEnrollment("reg");
  await hub.deleteEnrollmentGroup("group");

  const joined = await startEmulator({ join: bench.hub.endpoints.controlUrl, joinAs: "joined" });
  const other = createControlClient(joined.endpoints.controlUrl, { fetch: checkedFetch });
  const { instance } = await other.joinStatus();
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
  expect((await hub.certifyHub(["localhost"], pem)).ca).toBe(bench.hub.ca);
  const [info = { host: "", controlUrl: "", version: "" }] = await hub.joinedHubs();
  const { host, controlUrl, version } = info;
  await hub.joinHub("joined", { instance, host, controlUrl, version, plainHost: "ws://localhost", ca: "" });
  const twin = { how: "initial", desired: { n: 1 } } as const;
  expect(await other.assignDevice("assigned", { credentials: {}, twin })).toBe(false);
  await hub.leaveHub("joined", instance);
  await joined.close();

  await hub.faults.refuseConnects(5, { deviceId: "other", times: 2 });
  await hub.faults.withholdConnack({ deviceId: "other" });
  await hub.faults.mute("puback", "other", { times: 3 });
  await hub.faults.unmute("suback", "other");
  await hub.faults.delayPuback("other", 10);
  await hub.faults.delayConnack(10, { deviceId: "other" });
  await hub.faults.latency("other", 10);
  await hub.faults.dropRandomly({ seed: 1, percent: 10, deviceId: "other" });
  await hub.faults.failTwin("other", { status: 429, retryAfterSeconds: 1, operation: "get" });
  await hub.faults.failService({ status: 429, retryAfterSeconds: 7, times: 2, protocol: "AMQP" });
  await hub.faults.provisioning({ registrationId: "r", fail: { errorCode: 400_207, message: "x" } });
  expect(await hub.faults.blackHole("other")).toBe(false);
  expect(await hub.faults.drop("other", { afterPublishes: 2 })).toBe(true);
  await hub.faults.exceedQuota({ deviceId: "other", times: 1 });
  expect(await hub.faults.publishRaw("other", "t", Uint8Array.of(0xff))).toBe(false);
  await hub.faults.skewClock(1);
  await hub.faults.stopListening();
  await hub.faults.listenAgain();
  expect(await hub.faults.rules()).toHaveLength(12);
  await hub.faults.clear();

  const state = await hub.exportState();
  await hub.importState(state);
  await hub.deleteModule("d", "m");
  await hub.deleteDevice("d");
  await hub.closeHub("second");
  await expect(hub.getDevice("d")).rejects.toMatchObject({ name: "DeviceNotFound" });

  await hub.reset();
  const last = { type: "deviceDeleted", deviceId: "d" };
  await expect.poll(() => events).toContainEqual({ ...last, at: expect.any(String) });
  stop.abort();
  await reading;
  for (const event of events) check("openapi#/components/schemas/Event", event, event.type);
  const all = Object.values(document.paths).flatMap((path) => Object.values(path));
  const missing = all.map(({ operationId }) => operationId).filter((operationId) => !called.has(operationId));
  expect(missing).toEqual([]);
});
