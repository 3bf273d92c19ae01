import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { markdownTable, numbers } from "./documents/markdown-table.mjs";
import { root } from "./run.mjs";

const file = join(root, "docs/reliability.md");

/** The sections of docs/reliability.md, by the names of their results. */
const sections = {
  matrix: renderMatrix,
  runtimes: renderRuntimes,
  fleet: renderFleet,
  soak: renderSoak,
  outbox: renderOutbox,
};

/**
 * Writes the results in a folder into docs/reliability.md, each between its two markers. A section without a result stays as it is.
 *
 * @param {string} folder
 */
export function writeReliability(folder) {
  let text = readFileSync(file, "utf8");
  for (const [name, render] of Object.entries(sections)) {
    const path =
      name === "outbox" ? join(root, "test-results/outbox-crash.json") : join(folder, `${name}.json`);
    if (!existsSync(path)) continue;
    const [before, rest] = text.split(`<!-- begin ${name} -->`);
    const after = rest?.split(`<!-- end ${name} -->`)[1];
    if (after === undefined) throw new Error(`docs/reliability.md must contain the markers of '${name}'`);
    const body = render(JSON.parse(readFileSync(path, "utf8")));
    text = `${before}<!-- begin ${name} -->\n\n${body}\n\n<!-- end ${name} -->${after}`;
  }
  writeFileSync(file, text);
}

function renderMatrix({ seed, options, results }) {
  const moments = unique(results.map(({ moment }) => moment));
  const groups = unique(results.map(({ group }) => group));
  const heals = results.flatMap(({ healMs }) => healMs ?? []).sort((one, other) => one - other);
  const failed = results.filter(({ violations }) => violations.length > 0);
  const limits = Object.entries(options).map(([name, value]) => `\`${name}: ${value}\``);
  const slow = unique(results.filter(({ healMs = 0 }) => healMs > 30_000).map(({ fault }) => fault));
  const intro = [
    `${results.length} cells on ${process.version}, seed ${seed}, with ${limits.join(", ") || "all defaults"}.`,
    `${failed.length} cells break a rule. Time to reconnect: median ${seconds(at(heals, 0.5))} s,`,
    `95 % within ${seconds(at(heals, 0.95))} s, at most ${seconds(at(heals, 1))} s.`,
  ].join(" ");
  const tables = groups.map((group) => {
    const ofGroup = results.filter((one) => one.group === group);
    const rows = unique(ofGroup.map(({ fault }) => fault)).map((fault) => {
      const ofFault = ofGroup.filter((one) => one.fault === fault);
      return [fault, ...moments.map((moment) => cellOf(ofFault.filter((one) => one.moment === moment)))];
    });
    return `#### ${group}\n\n${markdownTable(["Fault", ...moments], rows, numbers)}`;
  });
  const slowest = slow.length === 0 ? "" : `Over 30 s, by design (see above): ${slow.join(", ")}.`;
  const exceptions = failed.map(
    ({ fault, moment, transport, engine, violations }) =>
      `- ${fault}, ${moment}, ${transport}, ${engine}: ${violations.join("; ")}`,
  );
  return [intro, slowest, exceptions.join("\n"), ...tables].filter((part) => part !== "").join("\n\n");
}

/** The median and the longest time of a fault at a moment, or how it ends. */
function cellOf(results) {
  if (results.length === 0) return "";
  const heals = results.flatMap(({ healMs }) => healMs ?? []).sort((one, other) => one - other);
  const mark = results.some(({ violations }) => violations.length > 0) ? " !" : "";
  return (heals.length === 0 ? "ends" : `${seconds(at(heals, 0.5))} / ${seconds(at(heals, 1))}`) + mark;
}

/** The faults that every runtime can meet: a column for each runtime, whose cells are those of all moments. */
function renderRuntimes({ seed, results }) {
  const columns = unique(results.map(({ runtime }) => runtime));
  const faults = unique(results.map(({ fault }) => fault));
  const heals = results.flatMap(({ healMs }) => healMs ?? []).sort((one, other) => one - other);
  const failed = results.filter(({ violation }) => violation !== undefined);
  const rows = faults.map((fault) => {
    const ofFault = results.filter((one) => one.fault === fault);
    const cells = columns.map((column) => {
      const ofRuntime = ofFault.filter(({ runtime }) => runtime === column);
      return cellOf(
        ofRuntime.map((one) => ({ ...one, violations: one.violation === undefined ? [] : [one.violation] })),
      );
    });
    return [fault, ...cells];
  });
  const exceptions = failed.map(
    ({ fault, moment, runtime, violation }) => `- ${fault}, ${moment}, ${runtime}: ${violation}`,
  );
  const intro =
    `${results.length} cells, seed ${seed}. ${failed.length} break a rule. Time to the next acknowledged message: median ` +
    `${seconds(at(heals, 0.5))} s, 95 % within ${seconds(at(heals, 0.95))} s, at most ${seconds(at(heals, 1))} s.`;
  return [intro, exceptions.join("\n"), markdownTable(["Fault", ...columns], rows, numbers)]
    .filter((part) => part !== "")
    .join("\n\n");
}

function renderFleet({ devices, outageMs, connectsPerSecond, seed, results }) {
  const header = [
    "Beyond its rate, the hub",
    "attempts per device, at most",
    "attempts per second, on average",
    "in the busiest tenth of a second",
    "half connected after, s",
    "95 %, s",
    "all, s",
  ];
  const rows = results.map(({ overload, mostAttempts, perSecond, mostPerTenth, connected }) =>
    [
      overload,
      mostAttempts,
      perSecond.average,
      mostPerTenth,
      connected.half,
      connected.most,
      connected.all,
    ].map(String),
  );
  const least = devices / connectsPerSecond;
  return [
    `${devices} devices; the hub is unavailable for ${outageMs / 1000} s, then accepts ${connectsPerSecond} connections per second, so all ` +
      `of them need at least ${least} s. Seed ${seed}.`,
    markdownTable(header, rows, numbers),
  ].join("\n\n");
}

function renderSoak({
  seed,
  minutes,
  devices,
  messages,
  faults,
  warmUpMinutes,
  slopeBytesPerMinute,
  mostSockets,
  mostTimers,
  left,
  samples,
  failed,
}) {
  const megabytes = (bytes) => (bytes / 1_048_576).toFixed(1);
  const rows = [
    ["Duration, minutes", minutes],
    ["Devices", devices],
    ["Acknowledged messages", messages],
    ["Lost connections and failed attempts caused", faults],
    ["Failed operations", failed.length],
    [
      "Heap after the first and last sample, MB",
      `${megabytes(samples[0].heapBytes)}, ${megabytes(samples.at(-1).heapBytes)}`,
    ],
    [
      `Slope of the heap from minute ${warmUpMinutes} on, kB per minute`,
      (slopeBytesPerMinute / 1024).toFixed(1),
    ],
    ["Sockets and timers at most", `${mostSockets}, ${mostTimers}`],
    ["Sockets and timers left after shutdown", `${left.sockets}, ${left.timers}`],
  ];
  return `Seed ${seed}.\n\n${markdownTable(
    ["Measure", "Value"],
    rows.map((row) => row.map(String)),
    numbers,
  )}`;
}

function renderOutbox({ kills, seed, accepted, delivered, duplicates, lost, ambiguous, outOfOrder }) {
  const rows = [
    ["Kills", kills],
    ["Accepted messages", accepted],
    ["Delivered messages", delivered],
    ["Lost messages", lost],
    ["Duplicates, each with the same id", duplicates],
    ["Messages with an ambiguous id", ambiguous],
    ["Messages out of order", outOfOrder],
  ];
  return `Seed ${seed}.\n\n${markdownTable(
    ["Measure", "Value"],
    rows.map((row) => row.map(String)),
    numbers,
  )}`;
}

const unique = (items) => [...new Set(items)];
const at = (sorted, share) => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
const seconds = (ms) => (ms / 1000).toFixed(1);
