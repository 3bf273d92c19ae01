import { writeSync } from "node:fs";

/**
 * The client's process: runs the cell in its argument, writes the result as JSON to file descriptor 3, and exits. An IPC channel
 * would load parts of `net`, which the import time has to include.
 *
 * Before the measurement, it loads only the metric's and the peer's file.
 */
const RESULT_FD = 3;

const { metric: metricName, peer: peerName, params, target } = JSON.parse(process.argv[2]);
const { metric } = await import(`./metrics/${metricName}.mjs`);
const { peer } = metric.baselines?.[peerName] ?? (await import(`./peers/${peerName}.mjs`));

let answer;
try {
  answer = await metric.measure(peer, { ...target, transport: params.transport }, params);
} catch (error) {
  answer = { failure: String(error?.stack ?? error) };
}
const { user, system } = process.cpuUsage();
writeSync(RESULT_FD, JSON.stringify({ ...answer, cpuMs: (user + system) / 1000 }));
process.exit(0);
