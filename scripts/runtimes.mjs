// docs/runtimes.md: which behaviour was seen on which runtime, over which transport. Written from what `npm test` leaves in
// test-results; with --check it writes nothing and fails where the page says something else.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./lib/run.mjs";
import { runtimeVersion } from "./lib/runtimes.mjs";

/** [what Vitest left, what the runtime is called] */
const runs = [
  ["conformance", "Node"],
  ["conformance-on-the-oldest-Node", `Node ${runtimeVersion("node-oldest")}`],
  ["conformance-on-the-newest-Node", `Node ${runtimeVersion("node-newest").split(".")[0]}`],
  ["conformance-on-Bun", `Bun ${runtimeVersion("bun")}`],
  ["conformance-chromium", "Chromium"],
  ["conformance-chromium-lite", "Chromium"],
  ["conformance-deno", "Deno"],
];
const signs = { passed: "✓", skipped: "–", gap: "gap", failed: "✗" };

/** suite → behaviour → column → engine → sign */
const suites = new Map();
const columns = [];
const reasons = new Map();

for (const [run, runtime] of runs) {
  const file = join(root, "test-results", `${run}.behaviours.json`);
  if (!existsSync(file)) {
    console.error(`${run} has not run: npm test leaves what this is made from`);
    process.exit(1);
  }
  for (const { where, behaviour, outcome, reason } of JSON.parse(readFileSync(file, "utf8"))) {
    const [, transport, engine] = / over (\S+) with the (\S+) engine$/.exec(where) ?? [];
    if (engine === undefined) throw new Error(`${where} names no transport and engine`);
    const column = `${runtime}, ${transport}`;
    if (!columns.includes(column)) columns.push(column);
    const [name, suite] = [behaviour.at(-1), behaviour.slice(0, -1).join(", ")];
    if (!suites.has(suite)) suites.set(suite, new Map());
    const behaviours = suites.get(suite);
    if (!behaviours.has(name)) behaviours.set(name, new Map());
    const cell = behaviours.get(name).get(column) ?? new Map();
    behaviours.get(name).set(column, cell.set(engine, signs[outcome] ?? outcome));
    if (outcome === "skipped") reasons.set(reason, [...(reasons.get(reason) ?? []), column]);
  }
}

/** One sign where all engines came to the same, or one for each. */
function shown(cell) {
  const outcomes = [...new Set(cell?.values())];
  if (outcomes.length < 2) return outcomes[0] ?? "";
  return [...cell].map(([engine, outcome]) => `${engine} ${outcome}`).join(", ");
}

const row = (cells) => `| ${cells.join(" | ")} |`;
const escaped = (text) => text.replaceAll("|", "\\|");
const tables = [...suites].map(([suite, behaviours]) =>
  [
    `## ${suite[0].toUpperCase()}${suite.slice(1)}`,
    "",
    row(["", ...columns]),
    row(["---", ...columns.map(() => ":-:")]),
    ...[...behaviours].map(([name, cells]) =>
      row([escaped(name), ...columns.map((column) => shown(cells.get(column)))]),
    ),
  ].join("\n"),
);
const notes = [...reasons]
  .sort(([one], [other]) => (one < other ? -1 : 1))
  .map(([reason, where]) => `- ${reason}: ${[...new Set(where)].join("; ")}`);

const page = `# Runtimes

Written by \`node scripts/runtimes.mjs\` from a run of \`npm test\`, which fails when this page says something else. Each line is a
test of \`packages/conformance/src/suites\`, which know nothing of the runtime they run on.

Where a cell has one sign, both engines came to it.

\`websockets/lite\` is the entry \`@isohub/browser/lite\`, which has the essentials alone and no cell for the rest.

✓ shown · – not possible there, and refused with a clear error · gap: a known one, listed in \`gaps.ts\` with its reason

Not possible:

${notes.join("\n")}

${tables.join("\n\n")}
`;

const target = join(root, "docs/runtimes.md");
if (!process.argv.includes("--check")) writeFileSync(target, page);
else if (!existsSync(target) || readFileSync(target, "utf8") !== page) {
  console.error("docs/runtimes.md is not what this run has shown: node scripts/runtimes.mjs writes it");
  process.exitCode = 1;
}
