import { writeSync } from "node:fs";

/**
 * The client's process: one cell, then it ends. It is told what to measure by its argument and answers with one JSON
 * text on file descriptor 3: an IPC channel would load parts of `net` that an import time has to include.
 *
 * A metric's and a peer's file is all that is loaded before the measurement.
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
