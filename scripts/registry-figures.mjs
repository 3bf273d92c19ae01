// npm run registry-figures: creates 100,000 identities over the service API of the emulator's command, lists, queries and exports
// them, and writes its section of docs/emulator.md. --devices N takes another number, and writes nothing.
import { mkdtempSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { writeSection } from "./lib/documents/sections.mjs";
import { readMetrics, startEmulatorProcess } from "./lib/emulator-process.mjs";
import { policyToken } from "./lib/policy-token.mjs";
import { prepare } from "./lib/prepare.mjs";

const { values } = parseArgs({ options: { devices: { type: "string", default: "100000" } } });
const devices = Number(values.devices);
const perRequest = 100;
const parallel = 4;

await prepare();
const folder = mkdtempSync(join(tmpdir(), "isohub-registry-"));
const load = loadavg()[0].toFixed(1);
const memory = await measure();
const disk = await measure("--data", join(folder, "data"));
rmSync(folder, { recursive: true, force: true });

const rows = [
  ["create all, 100 per request", "create"],
  ["`GET /devices?top=1000`", "list"],
  ["query all ids, in pages of 1,000", "pages"],
  ["query the twins of one tag in a thousand", "tagged"],
  ["count by a tag", "counted"],
  ["export all to a blob", "exported"],
  ["start with the state", "restart"],
];
const section = `## ${devices.toLocaleString("en")} identities

Measured by \`npm run registry-figures\` on Node ${process.versions.node}, with a load of ${load} when it began: devices with keys and a tag,
over the REST API for services.

| in seconds | in memory | on disk |
|---|---|---|
${rows.map(([title, name]) => `| ${title} | ${memory[name]} | ${disk[name]} |`).join("\n")}

Resident memory before, in MiB: ${memory.before} in memory, ${disk.before} on disk; with all identities: ${memory.after} and ${disk.after}.
`;
if (values.devices === "100000") writeSection(`${root}docs/emulator.md`, "registry", section);
else console.log(section);

/** Runs all requests against a new hub. Resolves with the seconds of each, and the memory of the process. */
async function measure(...args) {
  const hub = await start(args);
  try {
    const measured = await measureRequests(hub);
    await hub.stop();
    return { ...measured, restart: args.length === 0 ? "–" : await restartSeconds(args) };
  } catch (error) {
    hub.child.kill("SIGKILL");
    throw error;
  }
}

async function measureRequests(hub) {
  const before = await memoryOf(hub);
  const create = await timed(() => createAll(hub));
  const list = await timed(() => send(hub, "GET", "/devices?top=1000"));
  const pages = await timed(async () => {
    const ids = await query(hub, "SELECT deviceId FROM devices WHERE IS_DEFINED(tags.group)", "1000");
    if (ids.length !== devices) throw new Error(`the query must find ${devices} devices, got ${ids.length}`);
  });
  const tagged = await timed(() => query(hub, "SELECT * FROM devices WHERE tags.group = 7", "1000"));
  const counted = await timed(() =>
    query(hub, "SELECT tags.group AS name, COUNT() AS n FROM devices GROUP BY tags.group", "1000"),
  );
  const exported = await timed(() => exportAll(hub));
  const after = await memoryOf(hub);
  return { before, create, list, pages, tagged, counted, exported, after };
}

async function createAll(hub) {
  const starts = Array.from({ length: Math.ceil(devices / perRequest) }, (_, at) => at * perRequest)[
    Symbol.iterator
  ]();
  const worker = async () => {
    for (const first of starts) {
      const body = Array.from({ length: Math.min(perRequest, devices - first) }, (_, at) => ({
        id: `device-${first + at}`,
        importMode: "create",
        tags: { group: (first + at) % 1000 },
      }));
      await send(hub, "POST", "/devices", { body });
    }
  };
  await Promise.all(Array.from({ length: parallel }, worker));
}

async function query(hub, text, pageSize) {
  const rows = [];
  let continuation;
  do {
    const headers = {
      "x-ms-max-item-count": pageSize,
      ...(continuation === undefined ? {} : { "x-ms-continuation": continuation }),
    };
    const response = await request(hub, "POST", "/devices/query", { body: { query: text }, headers });
    rows.push(...(await response.json()));
    continuation = response.headers.get("x-ms-continuation") ?? undefined;
  } while (continuation !== undefined);
  return rows;
}

async function exportAll(hub) {
  const created = await fetch(`${hub.endpoints.controlUrl}/blob-containers`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: "identities" }),
  });
  const { uri } = await created.json();
  const body = { type: "export", outputBlobContainerUri: uri, excludeKeysInExport: false };
  let job = await send(hub, "POST", "/jobs/create", { body });
  while (job.status === "running") {
    await new Promise((resolve) => setTimeout(resolve, 50));
    job = await send(hub, "GET", `/jobs/${job.jobId}`);
  }
  if (job.status !== "completed") throw new Error(`the export ended as ${job.status}: ${job.failureReason}`);
}

async function restartSeconds(args) {
  const started = performance.now();
  const hub = await start(args);
  const seconds = ((performance.now() - started) / 1000).toFixed(2);
  await hub.stop();
  return seconds;
}

async function send(hub, method, path, options) {
  return (await request(hub, method, path, options)).json();
}

async function request({ endpoints, authorization }, method, path, { body, headers } = {}) {
  const url = `http://127.0.0.1:${endpoints.plainPort}${path}${path.includes("?") ? "&" : "?"}api-version=2021-04-12`;
  const response = await fetch(url, {
    method,
    headers: { authorization, "content-type": "application/json", ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path} was answered with ${response.status}`);
  return response;
}

/** Starts the command. Resolves, once it is ready, with its process and the authorization of services. */
async function start(args) {
  const emulator = await startEmulatorProcess(...args);
  return { ...emulator, authorization: policyToken(emulator.serviceConnectionString) };
}

/** Returns the resident memory of the process, in MiB. */
async function memoryOf(hub) {
  const metric = await readMetrics(hub);
  return (metric("process_resident_memory_bytes") / 1_048_576).toFixed(0);
}

/** Returns the seconds that a function takes. */
async function timed(run) {
  const started = performance.now();
  await run();
  return ((performance.now() - started) / 1000).toFixed(2);
}
