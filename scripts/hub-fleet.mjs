// npm run hub-fleet: an emulator and three that join it, in separate processes, with 15,000 devices of an enrollment group. Prints
// the figures of each process; --write also writes them into docs/emulator.md, and --json prints them as JSON. --devices N and
// --transport tls|ws change the fleet.
import { fork } from "node:child_process";
import { once } from "node:events";
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { writeSection } from "./lib/documents/sections.mjs";
import { readMetrics, startEmulatorProcess } from "./lib/emulator-process.mjs";
import { requireIntegers } from "./lib/integer-options.mjs";
import { prepare } from "./lib/prepare.mjs";
import { root } from "./lib/run.mjs";

const { values } = parseArgs({
  options: {
    devices: { type: "string", default: "15000" },
    transport: { type: "string", default: "tls" },
    json: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  },
});
requireIntegers({ devices: values.devices });
const { transport } = values;
const devices = Number(values.devices);
const joined = ["line-1", "line-2", "line-3"];
const senders = 3;
const children = [];

await prepare();
const load = loadavg()[0];
try {
  const first = await startHub("first", "--provisioning-retry-after-seconds", "1");
  const { controlUrl } = first.endpoints;
  const hubs = await Promise.all(
    joined.map((name) => startHub(name, "--join", controlUrl, "--join-as", name)),
  );
  const group = await post(controlUrl, "/enrollment-groups", { enrollmentGroupId: "fleet", hubs: joined });
  const { ca, idScope } = await get(controlUrl);

  const started = performance.now();
  const fleet = Array.from({ length: senders }, (_, at) => {
    const from = Math.floor((devices * at) / senders);
    return startDevices({
      from,
      count: Math.floor((devices * (at + 1)) / senders) - from,
      provisioningHost:
        transport === "tls"
          ? `localhost:${first.endpoints.port}`
          : `ws://localhost:${first.endpoints.plainPort}`,
      idScope,
      groupKey: group.primaryKey,
      ca,
      transport,
      concurrency: 50,
    });
  });
  const connected = await Promise.all(fleet.map(({ connected }) => connected));
  const connectSeconds = (performance.now() - started) / 1000;
  const before = await Promise.all([first, ...hubs].map(metricsOf));
  const sendStarted = performance.now();
  const sent = await Promise.all(fleet.map(({ send }) => send()));
  const sendSeconds = (performance.now() - sendStarted) / 1000;
  const after = await Promise.all([first, ...hubs].map(metricsOf));

  const figures = {
    devices,
    transport,
    load,
    connectSeconds,
    sendSeconds,
    failed: sum(connected.map(({ failed }) => failed)) + sum(sent.map(({ failed }) => failed)),
    retries: sum(connected.map(({ retries }) => retries)),
    failures: connected.flatMap(({ failures }) => failures),
    deviceProcessesMib: sent.map(({ rss }) => rss / 1_048_576),
    hubs: after.map((hub, at) => ({ ...hub, messagesOfRound: hub.messages - before[at].messages })),
  };
  if (values.json) console.log(JSON.stringify(figures));
  else console.log(tableOf(figures));
  if (values.write)
    writeSection(`${root}docs/emulator.md`, "fleet", `## Several processes\n\n${tableOf(figures)}\n`);
  const assigned = figures.hubs.slice(1);
  const isComplete =
    sum(assigned.map(({ connections }) => connections)) === devices &&
    sum(assigned.map(({ messagesOfRound }) => messagesOfRound)) === devices &&
    figures.failed === 0;
  if (!isComplete) {
    console.error(`Some devices aren't connected, or haven't sent: ${JSON.stringify(figures)}`);
    process.exitCode = 1;
  }
} finally {
  // The first hub, which the others leave, ends last.
  for (const child of children.reverse()) {
    if (child.exitCode !== null) continue;
    child.kill("SIGTERM");
    await once(child, "exit");
  }
}

/** Starts a hub, and resolves once it is ready. */
async function startHub(name, ...args) {
  const hub = await startEmulatorProcess("--log-level", "warn", ...args);
  children.push(hub.child);
  hub.child.stdout.on("data", (text) => process.stderr.write(`${name}: ${text}`));
  return { name, ...hub };
}

/** Starts a process with a part of the devices. */
function startDevices(options) {
  const child = fork(`${root}bench/joined-devices.mjs`, [JSON.stringify(options)]);
  children.push(child);
  const answer = (type) =>
    new Promise((resolve, reject) => {
      child.on("message", (message) => {
        if (message.type === type) resolve(message);
      });
      child.once("exit", () => reject(new Error("a process with devices has ended")));
    });
  child.on("message", ({ type, count }) => {
    if (type === "progress" && !values.json)
      console.log(`devices from ${options.from}: ${count} have sent a message`);
  });
  return {
    connected: answer("connected"),
    send() {
      const sent = answer("sent");
      child.send({ type: "send" });
      return sent;
    },
  };
}

async function metricsOf(hub) {
  const metric = await readMetrics(hub);
  return {
    name: hub.name,
    devices: metric("isohub_identities"),
    connections: metric("isohub_connections"),
    messages: metric("isohub_telemetry_messages_total"),
    mib: metric("process_resident_memory_bytes") / 1_048_576,
    cpuSeconds: metric("process_cpu_seconds_total"),
  };
}

async function get(url) {
  return (await fetch(url)).json();
}

async function post(controlUrl, path, body) {
  const response = await fetch(controlUrl + path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return response.json();
}

function tableOf({
  devices: count,
  retries,
  connectSeconds,
  sendSeconds,
  deviceProcessesMib,
  hubs,
  load: before,
}) {
  const over = transport === "tls" ? "TLS" : "WebSockets without TLS";
  const rows = hubs.map(
    (hub) =>
      `| ${hub.name} | ${hub.devices.toLocaleString("en")} | ${hub.connections.toLocaleString("en")} | ${hub.messages.toLocaleString("en")} | ${hub.mib.toFixed(0)} | ${hub.cpuSeconds.toFixed(0)} |`,
  );
  return [
    `${count.toLocaleString("en")} devices of an enrollment group over ${over}, registered at the first hub and spread over three that have`,
    `joined it (\`npm run hub-fleet\`), on Node ${process.versions.node} with a load of ${before.toFixed(1)} when it began. All hubs and devices shared the machine.`,
    "",
    `All were connected, and had sent a message, after ${connectSeconds.toFixed(0)} s (${(count / connectSeconds).toFixed(0)} per second). Another message of each took ${sendSeconds.toFixed(1)} s`,
    `(${(count / sendSeconds).toFixed(0)} per second). Clients retried ${retries} times. The ${senders} processes with the devices used ${sum(deviceProcessesMib).toFixed(0)} MiB.`,
    "",
    "| hub | devices | connections | messages | memory, MiB | CPU time, s |",
    "|---|---|---|---|---|---|",
    ...rows,
  ].join("\n");
}

function sum(numbers) {
  return numbers.reduce((total, each) => total + each, 0);
}
