// docs/runtimes.md: which behaviour was tested on which runtime, over which transport. Written from the results that `npm test` leaves in
// test-results; with --check, writes nothing and fails where the page is out of date.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { markdownTable } from "./lib/documents/markdown-table.mjs";
import { root } from "./lib/run.mjs";
import { runtimes } from "./lib/runtimes.mjs";
import { resultFile } from "./lib/steps.mjs";

const signs = { passed: "✓", skipped: "–", gap: "gap", failed: "✗" };

/** suite → behaviour → column → engine → sign */
const suites = new Map();
const columns = [];
const reasons = new Map();

for (const { name, title } of runtimes) {
  const file = `${resultFile(name)}.behaviours.json`;
  if (!existsSync(file)) {
    console.error(`There are no results of '${name}'. Run \`npm test\` first.`);
    process.exit(1);
  }
  for (const { where, behaviour, outcome, reason } of JSON.parse(readFileSync(file, "utf8"))) {
    const [, transport, engine] = / over (\S+) with the (\S+) engine$/.exec(where) ?? [];
    if (engine === undefined) throw new Error(`'${where}' must name a transport and an engine`);
    const column = `${title}, ${transport}`;
    if (!columns.includes(column)) columns.push(column);
    const [test, suite] = [behaviour.at(-1), behaviour.slice(0, -1).join(", ")];
    if (!suites.has(suite)) suites.set(suite, new Map());
    const behaviours = suites.get(suite);
    if (!behaviours.has(test)) behaviours.set(test, new Map());
    const cell = behaviours.get(test).get(column) ?? new Map();
    behaviours.get(test).set(column, cell.set(engine, signs[outcome] ?? outcome));
    if (outcome === "skipped") reasons.set(reason, [...(reasons.get(reason) ?? []), column]);
  }
}

/** Renders a cell: one sign if the outcome is the same with all engines, otherwise one for each. */
function renderCell(cell) {
  const outcomes = [...new Set(cell?.values())];
  if (outcomes.length < 2) return outcomes[0] ?? "";
  return [...cell].map(([engine, outcome]) => `${engine} ${outcome}`).join(", ");
}

const escaped = (text) => text.replaceAll("|", "\\|");
const tables = [...suites].map(([suite, behaviours]) =>
  [
    `## ${suite[0].toUpperCase()}${suite.slice(1)}`,
    "",
    markdownTable(
      ["", ...columns],
      Array.from(behaviours, ([name, cells]) => [
        escaped(name),
        ...columns.map((column) => renderCell(cells.get(column))),
      ]),
      (column) => (column === 0 ? "---" : ":-:"),
    ),
  ].join("\n"),
);
const notes = [...reasons]
  .sort(([one], [other]) => (one < other ? -1 : 1))
  .map(([reason, where]) => `- ${reason}: ${[...new Set(where)].join("; ")}`);

const page = `# Runtimes

Written by \`node scripts/runtimes.mjs\` from a run of \`npm test\`, which fails if this page is out of date. Each row is a test of
\`packages/conformance/src/suites\`, which don't depend on the runtime they run on.

A cell with one sign has the same outcome with both engines.

\`websockets/lite\` is the entry \`@isohub/browser/lite\`: the essentials, with empty cells for everything else.

✓ passed · – not possible on this runtime, and refused with a clear error · gap: known, and listed in \`gaps.ts\` with its reason

Not possible:

${notes.join("\n")}

${tables.join("\n\n")}
`;

const target = join(root, "docs/runtimes.md");
if (!process.argv.includes("--check")) writeFileSync(target, page);
else if (!existsSync(target) || readFileSync(target, "utf8") !== page) {
  console.error("docs/runtimes.md doesn't match this run. Run `node scripts/runtimes.mjs` to update it.");
  process.exitCode = 1;
}
