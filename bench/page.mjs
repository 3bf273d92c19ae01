// npm run bench:page -- [--devices 1000] [--seconds 30] [--console 60]: devices in one Chromium page. First, 20, 50 and 200 connect at
// once; then all of them send a message a second to a local hub in a separate process. At last, 100 devices in the console do the
// same for a minute; with --only-console, nothing else.
import { fork } from "node:child_process";
import { once } from "node:events";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { chromium } from "playwright";
import { chromiumFlags, findChromium } from "../scripts/lib/chromium.mjs";
import { connectAtOnce, runFleet, startFleetGateway } from "../scripts/lib/fleet/fleet.mjs";
import { measureConsole } from "./console.mjs";
import { writeConsole, writePageConnecting } from "./markdown.mjs";

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
  const rows = [["devices connected at once", "median, s", "range, s", "goal, s"]];
  for (const [count, goal] of Object.entries(connectGoals)) {
    if (count > devices) continue;
    const seconds = [];
    for (let round = 0; round < CONNECT_ROUNDS; round++) {
      const page = await browser.newPage({ ignoreHTTPSErrors: true });
      const ms = await connectAtOnce(page, gateway.port, plainStrings.slice(0, count));
      seconds.push((ms / 1000).toFixed(2));
      await page.context().close();
    }
    seconds.sort((one, other) => one - other);
    const median = seconds[CONNECT_ROUNDS >> 1];
    rows.push([count, `${median}${median > goal ? " MISSED" : ""}`, `${seconds[0]}–${seconds.at(-1)}`, goal]);
  }
  for (const row of rows) console.log(`  ${row.join("  ")}`);
  if (rows.length <= Object.keys(connectGoals).length) return; // Not all of them.
  const setup = `Chromium ${browser.version()}, ${cpus().length} × ${cpus()[0]?.model ?? "unknown"}, shared with the hub`;
  writePageConnecting(setup, rows);
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

async function measureFleet() {
  await measureConnecting();
  const page = await browser.newPage({ ignoreHTTPSErrors: true });
  const result = await runFleet(page, gateway.port, connectionStrings, {
    seconds,
    intervalMs: 1000,
    // Chromium delays a new WebSocket longer, the more of them are opening.
    atOnce: 8,
  });
  hub.send({});
  const [{ arrived, cpuSeconds }] = await once(hub, "message");
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
  console.log(`  the hub used ${cpuSeconds.toFixed(1)} s of CPU`);
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
