// npm run bench:page -- [--devices 1000] [--seconds 30]: devices in one Chromium page that each send a message a second to a local
// hub in a separate process.
import { fork } from "node:child_process";
import { once } from "node:events";
import { parseArgs } from "node:util";
import { chromium } from "playwright";
import { chromiumFlags, findChromium } from "../scripts/lib/chromium.mjs";
import { runFleet, startFleetGateway } from "../scripts/lib/fleet/fleet.mjs";

const LONGEST_TASK_MS = 100;

const { values } = parseArgs({
  options: {
    devices: { type: "string", default: "1000" },
    seconds: { type: "string", default: "30" },
  },
});
const devices = Number(values.devices);
const seconds = Number(values.seconds);

const hub = fork(new URL("page-hub.mjs", import.meta.url), [values.devices]);
const [{ connectionStrings, certificate, hubPort }] = await once(hub, "message");
const gateway = await startFleetGateway(certificate, hubPort);
const browser = await chromium.launch({ executablePath: findChromium() ?? "chromium", args: chromiumFlags });
try {
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
  process.exitCode = met ? 0 : 1;
} finally {
  await browser.close();
  hub.kill();
  gateway.close();
}
