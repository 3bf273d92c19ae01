import { readFileSync, writeFileSync } from "node:fs";

const file = new URL("../docs/performance.md", import.meta.url);
const BEGIN = "<!-- measured: npm run bench writes what is between these two lines -->";
const END = "<!-- end of what was measured -->";

/**
 * Writes the results of a run into docs/performance.md, between its two markers; the rest is written by hand.
 *
 * @param {string} setup one line
 * @param {{ title: string, lines: string[][] }[]} tables
 * @param {string[]} notes
 */
export function writePerformance(setup, tables, notes) {
  const text = readFileSync(file, "utf8");
  const [before, rest] = text.split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error("docs/performance.md must contain both markers");
  const measured = [setup, ...tables.map(render), notes.map((note) => `- ${note}`).join("\n")].join("\n\n");
  writeFileSync(file, `${before}${BEGIN}\n\n${measured}\n\n${END}${after}`);
}

/** @param {{ title: string, lines: string[][] }} table */
function render({ title, lines }) {
  const row = (cells) => `| ${cells.join(" | ")} |`;
  const [header, ...body] = lines;
  const rule = header.map((_, column) => (column === 0 ? "---" : "---:"));
  return [`### ${title}`, "", row(header), row(rule), ...body.map(row)].join("\n");
}
