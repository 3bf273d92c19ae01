// npm run bench:simulator -- [--devices 5000] [--minutes 2]: a fleet of `isohub simulate` against one local hub, all on this machine.
// Prints what the simulator reports, and the CPU time and memory of both processes, for a device. --write writes it into the guide.
import { execFileSync, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { writeSection } from "../scripts/lib/documents/sections.mjs";

const { values } = parseArgs({
  options: {
    devices: { type: "string", default: "5000" },
    minutes: { type: "string", default: "2" },
    rate: { type: "string", default: "100" },
    write: { type: "boolean" },
  },
});
const devices = Number(values.devices);
const root = fileURLToPath(new URL("..", import.meta.url));
const folder = await mkdtemp(join(tmpdir(), "isohub-bench-"));
const scenario = {
  name: "bench",
  seed: 7,
  types: {
    sensor: {
      fields: { value: { generator: "randomWalk", start: 20, step: 1, decimals: 2 } },
      messages: [{ every: "10s" }],
    },
  },
  groups: [{ type: "sensor", count: devices }],
  phases: [
    { phase: "ramp", over: `${devices / Number(values.rate)}s` },
    { phase: "hold", for: `${values.minutes}m` },
    { phase: "drain", within: "2m" },
  ],
  thresholds: [
    { metric: "lost", maximum: 0 },
    { metric: "failed", maximum: 0 },
    { metric: "connected", minimum: devices },
  ],
};

try {
  await writeFile(join(folder, "scenario.json"), JSON.stringify(scenario));
  const reportFile = join(folder, "report.json");
  const command = [join(root, "packages/isohub/dist/cli.js"), "simulate", join(folder, "scenario.json")];
  const child = spawn(process.execPath, [...command, "--report", reportFile], { stdio: "inherit" });
  const usage = watch(child.pid);
  const code = await new Promise((resolve) => child.once("exit", resolve));
  const [simulator, hub] = usage.stop();
  const { counts, deliveries } = JSON.parse(await readFile(reportFile, "utf8"));
  const table = [
    "| | Simulator | Local hub |",
    "|---|---|---|",
    `| CPU time | ${simulator.cpuSeconds.toFixed(0)} s | ${hub.cpuSeconds.toFixed(0)} s |`,
    `| CPU time for a device | ${perDevice(simulator.cpuSeconds * 1000)} ms | ${perDevice(hub.cpuSeconds * 1000)} ms |`,
    `| Memory | ${(simulator.kilobytes / 1024).toFixed(0)} MiB | ${(hub.kilobytes / 1024).toFixed(0)} MiB |`,
    `| Memory for a device | ${perDevice(simulator.kilobytes)} kB | ${perDevice(hub.kilobytes)} kB |`,
  ];
  const text = [
    `${devices} devices over TLS on ${availableParallelism()} cores, hub included, ${values.rate} connecting a second, each with a message every 10 s for ${values.minutes} minutes: ${counts.connectedMax} connected, ${counts.sent} messages sent, ${counts.acknowledged} acknowledged, ${deliveries.lost} lost.`,
    "",
    ...table,
  ].join("\n");
  console.log(`\n${text}`);
  if (values.write) writeSection(join(root, "docs/guide/simulating.md"), "fleet", `${text}\n`);
  process.exitCode = code;
} finally {
  await rm(folder, { recursive: true });
}

function perDevice(value) {
  return (value / devices).toFixed(1);
}

/** Watches a process and its child, with `ps`. */
function watch(pid) {
  const peaks = new Map();
  const sample = () => {
    const processes = execFileSync("ps", ["-eo", "pid=,ppid=,rss=,cputimes="], { encoding: "utf8" })
      .trim()
      .split("\n")
      .map((line) => line.trim().split(/\s+/).map(Number));
    for (const [own, parent, kilobytes, cpuSeconds] of processes) {
      if (own !== pid && parent !== pid) continue;
      const before = peaks.get(own)?.kilobytes ?? 0;
      peaks.set(own, { kilobytes: Math.max(before, kilobytes), cpuSeconds });
    }
  };
  const timer = setInterval(sample, 1000);
  return {
    /** @returns the process, and then its child that used most CPU time */
    stop() {
      clearInterval(timer);
      const nothing = { kilobytes: 0, cpuSeconds: 0 };
      const children = [...peaks].filter(([own]) => own !== pid).map(([, peak]) => peak);
      const hub = children.sort((one, other) => other.cpuSeconds - one.cpuSeconds)[0] ?? nothing;
      return [peaks.get(pid) ?? nothing, hub];
    },
  };
}
