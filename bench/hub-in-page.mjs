// npm run bench:hub-in-page -- [--devices 100] [--seconds 60] [--write]: a fleet and its hub in one Chromium page, without sockets. Each
// device sends a message a second. Prints what arrived, the longest task of the page, and its heap; --write writes it into the guide.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chromium } from "playwright";
import { chromiumFlags, findChromium } from "../scripts/lib/chromium.mjs";
import { writeSection } from "../scripts/lib/documents/sections.mjs";

/** The goal for the longest task, which is what browsers call a long task. */
const LONGEST_TASK_MS = 50;

const { values } = parseArgs({
  options: {
    devices: { type: "string", default: "100" },
    seconds: { type: "string", default: "60" },
    write: { type: "boolean" },
  },
});
const [devices, seconds] = [Number(values.devices), Number(values.seconds)];
const root = fileURLToPath(new URL("..", import.meta.url));

/** The bundles as pages load them, by their specifiers. */
const imports = {
  "@isohub/core": "/packages/core/dist/index.js",
  ...Object.fromEntries(
    ["internal", "lean", "runtime", "web"].map((name) => [
      `@isohub/core/${name}`,
      `/packages/core/dist/${name}.js`,
    ]),
  ),
  "@isohub/emulator/control-client": "/packages/emulator/dist/control-client.js",
  "@isohub/emulator/web": "/packages/emulator/dist/web.js",
  "@isohub/simulator": "/packages/simulator/dist/index.js",
  jsep: "/packages/simulator/node_modules/jsep/dist/jsep.js",
};
const page = `<!doctype html><link rel="icon" href="data:,"><script type="importmap">${JSON.stringify({ imports })}</script>`;

const server = createServer(async ({ url = "/" }, response) => {
  const isPage = url === "/";
  response.setHeader("content-type", isPage ? "text/html" : "text/javascript");
  response.end(isPage ? page : await readFile(join(root, url)));
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));

/** Runs in the page. */
async function runFleet({ devices, seconds }) {
  const { createMemoryHub } = await import("@isohub/emulator/web");
  const { localHub, Simulation } = await import("@isohub/simulator");
  const scenario = {
    types: {
      sensor: {
        fields: { value: { generator: "randomWalk", start: 20, step: 1, decimals: 2 } },
        messages: [{ every: "1s" }],
      },
    },
    groups: [{ type: "sensor", count: devices }],
    phases: [
      { phase: "ramp", over: "5s" },
      { phase: "hold", for: `${seconds}s` },
    ],
  };
  const tasks = [];
  new PerformanceObserver((list) => tasks.push(...list.getEntries())).observe({
    type: "longtask",
    buffered: true,
  });
  const hub = createMemoryHub();
  const simulation = new Simulation(scenario, hub, { hub: localHub(hub) });
  const since = performance.now();
  const report = await simulation.run();
  // After the modules have loaded: each entry is a task of more than 50 ms.
  const during = tasks.filter(({ startTime }) => startTime > since).map(({ duration }) => duration);
  return {
    counts: { ...report.counts, ackMs: undefined, connectMs: undefined },
    lost: report.deliveries.lost,
    longTasks: during.length,
    longestTaskMs: Math.round(Math.max(0, ...during)),
  };
}

const browser = await chromium.launch({ executablePath: findChromium() ?? "chromium", args: chromiumFlags });
try {
  const tab = await browser.newPage();
  await tab.goto(`http://127.0.0.1:${server.address().port}/`);
  const session = await tab.context().newCDPSession(tab);
  const heapMb = async () => {
    await session.send("HeapProfiler.collectGarbage");
    return ((await session.send("Runtime.getHeapUsage")).usedSize / 1e6).toFixed(1);
  };
  const { counts, lost, longTasks, longestTaskMs } = await tab.evaluate(runFleet, { devices, seconds });
  // Collecting garbage is itself a long task, so it happens after the measured run.
  const heaps = [await heapMb()];
  await tab.evaluate(runFleet, { devices, seconds: Math.ceil(seconds / 4) });
  heaps.push(await heapMb());
  const longest =
    longTasks === 0
      ? `no task took more than ${LONGEST_TASK_MS} ms`
      : `the longest task took ${longestTaskMs} ms (${longTasks} took more than ${LONGEST_TASK_MS} ms)`;
  const text = `${devices} devices and their hub in one page of Chromium, each with a message a second for ${seconds} s: ${counts.sent} messages sent, ${counts.acknowledged} acknowledged, ${lost} lost; ${longest}. Heap after the run: ${heaps[0]} MB, after a second one: ${heaps[1]} MB.`;
  console.log(text);
  if (values.write) writeSection(join(root, "docs/guide/simulating.md"), "hub in a page", `${text}\n`);
  process.exitCode = lost === 0 && counts.failed === 0 ? 0 : 1;
} finally {
  await browser.close();
  server.close();
}
