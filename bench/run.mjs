import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { runCell } from "./cell.mjs";
import { pickCores } from "./cores.mjs";
import { headlines } from "./headlines.mjs";
import { writePerformance } from "./markdown.mjs";
import { metrics } from "./metrics/index.mjs";
import { parseOptions, USAGE } from "./options.mjs";
import { peer as before } from "./peers/before.mjs";
import { peers } from "./peers/index.mjs";
import { peer as lean } from "./peers/lean.mjs";
import { watchNeighbours } from "./quiet.mjs";
import { renderText, tableOf } from "./report.mjs";
import { Results } from "./results.mjs";
import { startSink } from "./sink/control.mjs";

/** The share of the cores that other processes may use before the figures suffer. */
const QUIET_PERCENT = 3;

/** @param {string} name - of a dependency of the benchmark */
function versionOf(name) {
  try {
    return JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url), "utf8"))
      .version;
  } catch {
    return "not installed";
  }
}

/** @template T @param {T[]} list @returns {T[]} */
function shuffle(list) {
  const shuffled = [...list];
  for (let i = shuffled.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [shuffled[i], shuffled[j]] = [shuffled[j], shuffled[i]];
  }
  return shuffled;
}

/** Lists every cell that can run here, and adds a note for each that can't. */
function planCells(options, target, results) {
  return options.metrics.flatMap((metric) =>
    metric.cells(options.quick).flatMap(({ row, params }) => {
      const columns = [...options.peers, ...Object.values(metric.baselines ?? {}).map(({ peer }) => peer)];
      return columns.flatMap((peer) => {
        if (metric.peers?.includes(peer.name) === false) return [];
        const reason = peer.skip?.({ ...target, transport: params.transport });
        if (reason) results.notes.add(`${peer.title}, ${params.transport}: skipped, ${reason}`);
        const { name, once = false, nodeFlags } = metric;
        return reason ? [] : [{ metric: name, peer: peer.name, row, params, once, nodeFlags }];
      });
    }),
  );
}

async function runRounds(options, sink, cores, results, neighbours) {
  const cells = planCells(options, sink.target, results);
  for (let round = 1; round <= options.rounds; round++) {
    const due = cells.filter(({ once }) => round === 1 || !once);
    for (const [done, cell] of shuffle(due).entries()) {
      const name = `${cell.metric}: ${cell.row}, ${cell.peer}`;
      process.stderr.write(`round ${round} of ${options.rounds}, ${done + 1} of ${due.length}: ${name}\n`);
      try {
        const outcome = await runCell(cell, sink, cores.client);
        neighbours.add(outcome.cpuMs);
        results.add(cell.metric, cell.peer, outcome);
      } catch (error) {
        results.failed = true;
        results.notes.add(`${name}: FAILED, ${error.message}`);
      }
    }
  }
}

/** Adds the metrics that need no client. */
async function measureHere(options, results) {
  for (const metric of options.metrics) {
    if (metric.measureHere === undefined) continue;
    for (const peer of options.peers) {
      try {
        results.add(metric.name, peer.name, { points: await metric.measureHere(peer), sinkLoad: 0 });
      } catch (error) {
        results.failed = true;
        results.notes.add(`${metric.name}: ${peer.name}: FAILED, ${error.message}`);
      }
    }
  }
}

async function main() {
  const options = parseOptions(process.argv.slice(2), { metrics, peers });
  if (options.help) {
    console.log(USAGE);
    return;
  }
  // Metrics without a client measure what is installed, which is this tree alone.
  if (options.compare !== undefined) {
    options.peers = [lean, before];
    options.metrics = options.metrics.filter((metric) => metric.measureHere === undefined);
  }
  const started = Date.now();
  const cores = pickCores();
  const results = new Results();
  const sink = await startSink(cores.sink);
  const neighbours = watchNeighbours(cores.numbers);
  const sinkBefore = (await sink.stats()).cpuMs;
  let othersShare;
  try {
    await runRounds(options, sink, cores, results, neighbours);
    neighbours.add((await sink.stats()).cpuMs - sinkBefore);
    othersShare = neighbours.share();
  } finally {
    sink.stop();
  }
  await measureHere(options, results);

  const columns = options.peers.map((peer) => ({
    ...peer,
    version: peer === before ? `at ${options.compare}` : versionOf(peer.packages[0]),
  }));
  const setup = {
    node: process.version,
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cores.note,
    rounds: options.rounds,
    quick: options.quick,
    othersShare,
    packages: Object.fromEntries(
      columns.flatMap(({ packages }) => packages.map((name) => [name, versionOf(name)])),
    ),
  };
  const seconds = Math.round((Date.now() - started) / 1000);
  const summary = `Node ${setup.node}, ${setup.cpu}; ${setup.cores}; ${setup.rounds} rounds in ${seconds} s`;
  console.log(`\n${summary}`);
  console.log("median (min–max); ratios are ours / peer of this run\n");
  const tables = options.metrics.flatMap((metric) =>
    metric.tables.map((table) => tableOf(metric, table, columns, results)),
  );
  for (const table of tables) console.log(renderText(table));
  for (const entry of results.all()) {
    if (entry.sinkBusy)
      results.notes.add("* the sink used at least 80 % of its core, so it may limit the figure");
  }
  if (othersShare !== undefined) {
    const percent = Math.round(othersShare * 100);
    const verdict = percent > QUIET_PERCENT ? ": the machine isn't quiet, measure again" : "";
    results.notes.add(`other processes used ${percent} % of the two cores during the run${verdict}`);
  }
  for (const note of results.notes) console.log(`note: ${note}`);
  if (options.quick)
    console.log("note: a quick run only checks that the benchmark works; don't quote its figures");
  const isWhole = options.metrics.length === metrics.length && options.peers.length === peers.length;
  if (isWhole && !options.quick)
    writePerformance(summary, headlines(columns, results), tables, [...results.notes]);
  if (options.json) {
    const file = { setup, notes: [...results.notes], results: results.all() };
    writeFileSync(options.json, `${JSON.stringify(file, null, 2)}\n`);
  }
  if (results.failed) process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 2;
}
