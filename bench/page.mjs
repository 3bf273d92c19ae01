// npm run bench:page -- [--devices 1000] [--seconds 30] [--console 60]: devices in one Chromium page. First, 20, 50 and 200 connect at
// once, and the costs of a client are measured; then all of them send a message a second to a local hub in a separate process. At last, 100 devices in the console do the
// same for a minute; with --only-console, nothing else.
import { fork } from "node:child_process";
import { once } from "node:events";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { chromium } from "playwright";
import { chromiumFlags, findChromium } from "../scripts/lib/chromium.mjs";
import { connectAtOnce, runFleet, startFleetGateway } from "../scripts/lib/fleet/fleet.mjs";
import { measureConsole } from "./console.mjs";
import { writeConsole, writePage } from "./markdown.mjs";
import { measurePageCosts, spread } from "./page-costs.mjs";

/** The goals for connecting devices at once, in seconds. */
const connectGoals = { 20: 0.6, 50: 1.5, 200: 3 };
const CONNECT_ROUNDS = 3;
const LONGEST_TASK_MS = 100;

const { values } = parseArgs({
  options: {
    devices: { type: "string", default: "1000" },
    seconds: { type: "string", default: "30" },
    console: { type: "string", default: "60" },
    "only-console": { type: "boolean", default: false },
  },
});
const devices = Number(values.devices);
const seconds = Number(values.seconds);

const hub = fork(new URL("page-hub.mjs", import.meta.url), [values.devices]);
const [{ connectionStrings, certificate, hubPort }] = await once(hub, "message");
const gateway = await startFleetGateway(certificate, hubPort);
const browser = await chromium.launch({ executablePath: findChromium() ?? "chromium", args: chromiumFlags });
const plainStrings = connectionStrings.map((each) =>
  each.replace(/HostName=[^;]+/, `HostName=ws://localhost:${hubPort}`),
);

async function measureConnecting() {
  const rows = [["", "median", "range", "goal"]];
  for (const [count, goal] of Object.entries(connectGoals)) {
    if (count > devices) continue;
    const seconds = [];
    for (let round = 0; round < CONNECT_ROUNDS; round++) {
      const page = await browser.newPage({ ignoreHTTPSErrors: true });
      const ms = await connectAtOnce(page, gateway.port, plainStrings.slice(0, count));
      seconds.push(ms / 1000);
      await page.context().close();
    }
    const [median, range] = spread(seconds, 2);
    rows.push([
      `${count} devices connected at once, s`,
      `${median}${Number(median) > goal ? " MISSED" : ""}`,
      range,
      `≤ ${goal}`,
    ]);
  }
  for (const row of await measurePageCosts(browser, gateway.port, plainStrings)) rows.push([...row, ""]);
  for (const row of rows) console.log(`  ${row.join("  ")}`);
  if (devices < 251) return; // Not all of them.
  const setup = `Chromium ${browser.version()}, ${cpus().length} × ${cpus()[0]?.model ?? "unknown"}, shared with the hub`;
  writePage(setup, rows);
}

/** @returns {Promise<boolean>} whether everything has arrived */
async function measureTheConsole() {
  const consoleSeconds = Number(values.console);
  const { rows, isMet } = await measureConsole(browser, consoleSeconds);
  for (const row of rows) console.log(`  ${row.join("  ")}`);
  const setup = `Chromium ${browser.version()}, ${cpus().length} × ${cpus()[0]?.model ?? "unknown"}, shared with the hub`;
  if (consoleSeconds >= 60) writeConsole(setup, rows);
  return isMet;
}

/** @returns {Promise<{ arrived: number, cpuSeconds: number }>} */
async function askHub() {
  hub.send({});
  const [report] = await once(hub, "message");
  return report;
}

async function measureFleet() {
  await measureConnecting();
  const before = await askHub();
  const page = await browser.newPage({ ignoreHTTPSErrors: true });
  const result = await runFleet(page, gateway.port, connectionStrings, {
    seconds,
    intervalMs: 1000,
    // Chromium delays a new WebSocket longer, the more of them are opening.
    atOnce: 8,
  });
  const after = await askHub();
  const arrived = after.arrived - before.arrived;
  const { sent, acknowledged, longestTaskMs, failures } = result;
  console.log(
    `${devices} devices in one page of Chromium ${browser.version()}, one message a second each, for ${seconds} s`,
  );
  console.log(
    `  in ${result.frames} frames, over HTTP/2: Chromium allows 255 WebSockets in a process, and 256 over TCP in a profile`,
  );
  console.log(`  connected in ${(result.connectMs / 1000).toFixed(1)} s`);
  console.log(
    `  ${sent} sent, ${acknowledged} acknowledged, ${arrived} at the hub; the slowest took ${result.slowestAckMs} ms`,
  );
  console.log(
    `  longest task: ${longestTaskMs.connecting} ms while connecting, ${longestTaskMs.sending} ms while sending`,
  );
  console.log(`  the hub used ${(after.cpuSeconds - before.cpuSeconds).toFixed(1)} s of CPU`);
  for (const failure of failures.slice(0, 10)) console.log(`  background exception: ${failure}`);
  const met =
    sent === devices * seconds &&
    acknowledged === sent &&
    arrived === sent &&
    longestTaskMs.sending < LONGEST_TASK_MS &&
    failures.length === 0;
  console.log(met ? "all acknowledged, no task of 100 ms while sending" : "MISSED");
  return met;
}

try {
  const isFleetMet = values["only-console"] || (await measureFleet());
  const isConsoleMet = await measureTheConsole();
  process.exitCode = isFleetMet && isConsoleMet ? 0 : 1;
} finally {
  await browser.close();
  hub.kill();
  gateway.close();
}
