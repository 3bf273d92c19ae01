import { writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { ArgumentError } from "@isohub/core";
import { asError } from "@isohub/core/internal";
import { version } from "@isohub/core/runtime";
import { usesLocalHub } from "../checks/read-scenario.ts";
import type { Scenario } from "../document/scenario.ts";
import { readCredentials, secretNames } from "../engine/secrets.ts";
import { junitXml } from "../formats/junit.ts";
import { type LiveResults, liveLine } from "../formats/live-line.ts";
import { otlpRequest } from "../formats/otlp.ts";
import { programOf } from "../formats/program.ts";
import { summaryLines } from "../formats/summary.ts";
import { changeScenario, planFleet } from "../plan/fleet-plan.ts";
import { mergeReports } from "../statistics/merge.ts";
import type { Report } from "../statistics/report.ts";
import { parseArguments, type SimulateArguments, usage } from "./arguments.ts";
import { Fleet, threadsFor } from "./fleet.ts";
import { startHubProcess } from "./hub-process.ts";
import { serveMetrics } from "./metrics-server.ts";
import { recordHub } from "./record.ts";
import { readReport, readScenarioFile } from "./scenario-file.ts";

/** The process that the command runs in. */
export interface SimulateProcess {
  /** The name of the command, for messages. */
  readonly name: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The URL of the module with `startEmulator`. */
  readonly emulator: string;
  print(line: string): void;
  printError(line: string): void;
  /** Calls a listener with each interrupt. @returns a function that removes it */
  onInterrupt(listener: () => void): () => void;
}

/** Runs the command. Resolves with its exit code: 1 if a threshold isn't met, 2 for an invalid command line or scenario, else 0. */
export async function simulate(args: readonly string[], io: SimulateProcess): Promise<number> {
  let parsed: SimulateArguments;
  try {
    parsed = parseArguments(args, io.environment);
  } catch (error) {
    io.printError(`${io.name}: ${asError(error).message}\n\n${usage(io.name)}`);
    return 2;
  }
  if (parsed.action === "help") io.print(usage(io.name));
  else if (parsed.action === "version") io.print(version);
  else {
    try {
      if (parsed.action === "record") return await writeDocument(await record(parsed, io), parsed, io);
      if (parsed.action === "export") {
        const { text } = programOf(await loadScenario(parsed), parsed.to);
        return await writeDocument(text, parsed, io);
      }
      const report = parsed.action === "merge" ? await merge(parsed) : await run(parsed, io);
      return await finish(report, parsed, io);
    } catch (error) {
      const remediation = error instanceof ArgumentError && error.remediation;
      io.printError(`${io.name}: ${asError(error).message}${remediation ? `\n${remediation}.` : ""}`);
      return error instanceof ArgumentError ? 2 : 1;
    }
  }
  return 0;
}

/** Writes a recording or a program to its file, or prints it. */
async function writeDocument(text: string, { output }: SimulateArguments, io: SimulateProcess): Promise<0> {
  if (output === undefined) io.print(text.trimEnd());
  else await writeFile(output, text);
  return 0;
}

async function record({ hub = "", changes }: SimulateArguments, io: SimulateProcess): Promise<string> {
  const ended = new AbortController();
  const removeListener = io.onInterrupt(() => ended.abort());
  try {
    return await recordHub(hub, {
      forMs: changes.holdMs,
      signal: ended.signal,
      // The recording itself goes to standard output.
      onBegin: () => io.printError("Recording. Press Ctrl+C to stop."),
      onNotice: (text) => io.printError(text),
    });
  } finally {
    removeListener();
  }
}

async function merge({ files }: SimulateArguments): Promise<Report> {
  return mergeReports(await Promise.all(files.map(readReport)));
}

async function run(parsed: SimulateArguments, io: SimulateProcess): Promise<Report> {
  const scenario = await loadScenario(parsed);
  const { devices } = planFleet(scenario, parsed.shard);
  const secrets = secretsOf(scenario, io);
  // Invalid secrets are reported before a hub or a thread starts.
  for (const group of scenario.groups) readCredentials(group, secrets);
  const needsHub = usesLocalHub(scenario);
  const ownHub = needsHub && parsed.hub === undefined ? await startHubProcess(io.emulator) : undefined;
  try {
    const hub = needsHub ? (parsed.hub ?? ownHub?.controlUrl) : undefined;
    const { shard, plain, sourceAddresses, everyMs } = parsed;
    const setup = { scenario, shard, secrets, hub, plain, sourceAddresses, everyMs };
    const fleet = new Fleet(setup, parsed.workers ?? threadsFor(devices.length));
    return await watch(fleet, devices.length, scenario, parsed, io);
  } finally {
    await ownHub?.stop();
  }
}

/** Reads the scenario with its CSV files, and applies the options. */
async function loadScenario({ files: [file = ""], changes }: SimulateArguments): Promise<Scenario> {
  const scenario = await readScenarioFile(file);
  return changeScenario(changes.seed === undefined ? scenario : { ...scenario, seed: changes.seed }, changes);
}

/** Only the secrets that the scenario names: a worker thread needs no others. */
function secretsOf(scenario: Scenario, { environment }: SimulateProcess): Record<string, string | undefined> {
  return Object.fromEntries(secretNames(scenario).map((name) => [name, environment[name]]));
}

/** Runs a fleet, and shows its progress. */
async function watch(
  fleet: Fleet,
  devices: number,
  scenario: Scenario,
  parsed: SimulateArguments,
  io: SimulateProcess,
): Promise<Report> {
  const { everyMs, quiet, metricsPort } = parsed;
  const server = metricsPort === undefined ? undefined : await serveMetrics(metricsPort, () => fleet.live);
  if (server !== undefined) io.print(`metrics: ${server.url}`);
  const removeListener = stopOnInterrupt(fleet, io);
  const sendMetrics = metricsSender(scenario, parsed, io);
  try {
    await during(fleet.prepare(), everyMs, () => {
      if (!quiet) io.print(`preparing ${fleet.ready}/${devices} devices`);
    });
    let before: LiveResults | undefined;
    const report = await during(fleet.run(Date.now()), everyMs, async () => {
      const results = fleet.live;
      if (results === undefined) return;
      if (!quiet) io.print(liveLine(results, fleet.clients, before));
      before = results;
      await sendMetrics(results);
    });
    await sendMetrics({ counts: report.counts, deliveries: report.deliveries, nowMs: report.durationMs });
    return report;
  } finally {
    removeListener();
    server?.close();
  }
}

/** Lets the fleet drain at the first interrupt, and ends it at the second. */
function stopOnInterrupt(fleet: Fleet, io: SimulateProcess): () => void {
  let interrupts = 0;
  return io.onInterrupt(() => {
    if (++interrupts > 1) return fleet.abort("interrupted twice");
    io.print("Stopping: waiting for acknowledgements. Press Ctrl+C again to end at once.");
    fleet.stop("interrupted");
  });
}

/** Calls a function at intervals until a promise settles. Resolves with its value, after the last call has ended. */
async function during<Value>(work: Promise<Value>, everyMs: number, show: () => unknown): Promise<Value> {
  const ended = new AbortController();
  const showing = (async () => {
    for (;;) {
      await sleep(everyMs, undefined, { signal: ended.signal, ref: false }).catch(() => {});
      if (ended.signal.aborted) return;
      await show();
    }
  })();
  try {
    return await work;
  } finally {
    ended.abort();
    await showing;
  }
}

/** Returns a function that sends metrics to the collector, if there is one. */
function metricsSender(
  { name: scenario = "scenario" }: Scenario,
  { otlp, shard }: SimulateArguments,
  io: SimulateProcess,
): (results: LiveResults) => Promise<void> {
  if (otlp === undefined) return async () => {};
  const startMs = Date.now();
  const resource = { scenario, shard: `${shard.index}/${shard.count}` };
  return (results) => sendOtlp(otlp, otlpRequest(results, resource, startMs, Date.now()), io);
}

// A collector that hangs must not keep the command from ending.
const otlpLimitMs = 5000;

/** Sends metrics. A collector that fails doesn't end the run. */
async function sendOtlp(url: string, body: object, io: SimulateProcess): Promise<void> {
  const target = url.endsWith("/v1/metrics") ? url : `${url.replace(/\/$/, "")}/v1/metrics`;
  try {
    const request = {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(otlpLimitMs),
    };
    const { ok, status } = await fetch(target, request);
    if (!ok) io.printError(`OTLP: the collector answered with ${status}`);
  } catch (error) {
    io.printError(`OTLP: ${asError(error).message}`);
  }
}

async function finish(
  report: Report,
  { report: json, junit }: SimulateArguments,
  io: SimulateProcess,
): Promise<number> {
  io.print(
    `${report.scenario}, seed ${report.seed}, ${(report.durationMs / 1000).toFixed(1)} s, digest ${report.counts.digest}`,
  );
  for (const line of summaryLines(report)) io.print(line);
  // After the summary: a file that can't be written must not take the results with it.
  if (json !== undefined) await writeFile(json, `${JSON.stringify(report, null, 2)}\n`);
  if (junit !== undefined) await writeFile(junit, junitXml(report));
  return report.passed ? 0 : 1;
}
