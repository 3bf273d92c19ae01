// npm run hub-figures: measures the emulator on this machine, next to other brokers, and writes its section of docs/emulator.md.
import { mkdtempSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { measureCpu, measureMemory, messageBytes } from "../bench/hub/measure.mjs";
import { median } from "../bench/results.mjs";
import { writeSection } from "./lib/documents/sections.mjs";
import { readMetrics, startEmulatorProcess } from "./lib/emulator-process.mjs";
import { prepare } from "./lib/prepare.mjs";
import { root } from "./lib/run.mjs";

const starts = 15;
const devices = 1000;
const connections = 5000;

await prepare();
const folder = mkdtempSync(join(tmpdir(), "isohub-figures-"));
const load = loadavg()[0].toFixed(1);
const ready = [];
const cpu = [];
for (let round = 0; round < starts; round++) {
  const emulator = await startEmulatorProcess();
  const metric = await readMetrics(emulator);
  ready.push(emulator.readyAfterMs);
  cpu.push(Math.round(metric("process_cpu_seconds_total") * 1000));
  await emulator.stop();
}
const memory = await measureState();
const disk = await measureState("--data", join(folder, "data"));
rmSync(folder, { recursive: true, force: true });

const { note, servers } = await measureCpu({ messages: 200_000, rounds: 3 });
const plain = await measureMemory(connections, false);
const tls = await measureMemory(connections, true);

writeSection(
  `${root}docs/emulator.md`,
  "process",
  `## Speed and memory

Measured by \`npm run hub-figures\` on Node ${process.versions.node}, with a load of ${load} when it began; ${note}. Times are those
of the machine, so compare them only with figures of the same run.

| CPU time of a server for a QoS 1 message of ${messageBytes} bytes | µs | aedes = 1 |
|---|---:|---:|
${servers.map(({ name, micros, ratio }) => `| ${name} | ${micros?.toFixed(1) ?? "not installed"} | ${ratio?.toFixed(2) ?? ""} |`).join("\n")}

| Resident memory with ${connections} connected devices | MiB |
|---|---:|
| without TLS | ${plain.toFixed(0)} |
| with TLS | ${tls.toFixed(0)} |

| | fastest | median |
|---|---:|---:|
| from the start of the process until the hub is ready, in ms (${starts} starts) | ${Math.min(...ready)} | ${median(ready)} |
| CPU time until then, in ms | ${Math.min(...cpu)} | ${median(cpu)} |

| with ${devices} devices | in memory | on disk |
|---|---:|---:|
| create a device over the control API, in ms | ${memory.create} | ${disk.create} |
| \`GET /control/state\`, in ms | ${memory.exported} | ${disk.exported} |
| \`POST /control/reset\`, in ms | ${memory.reset} | ${disk.reset} |
| resident memory, in MiB | ${memory.rss} | ${disk.rss} |
`,
);
process.exit();

async function measureState(...args) {
  const emulator = await startEmulatorProcess(...args);
  const { controlUrl } = emulator.endpoints;
  const post = (path, body) =>
    fetch(controlUrl + path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  const create = await timed(async () => {
    for (let at = 0; at < devices; at++) await post("/devices", { deviceId: `device-${at}` });
  });
  const exported = await timed(async () => (await fetch(`${controlUrl}/state`)).text());
  const rss = (await readMetrics(emulator))("process_resident_memory_bytes");
  const reset = await timed(() => post("/reset", {}));
  await emulator.stop();
  return {
    create: (create / devices).toFixed(2),
    exported: exported.toFixed(0),
    reset: reset.toFixed(0),
    rss: (rss / 1_048_576).toFixed(0),
  };
}

/** Returns the milliseconds that a function takes. */
async function timed(run) {
  const started = performance.now();
  await run();
  return performance.now() - started;
}
