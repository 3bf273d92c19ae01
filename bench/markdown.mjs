import { readFileSync, writeFileSync } from "node:fs";
import { markdownTable, numbers } from "../scripts/lib/documents/markdown-table.mjs";

const file = new URL("../docs/performance.md", import.meta.url);
const BEGIN = "<!-- measured: npm run bench writes what is between these two lines -->";
const END = "<!-- end of what was measured -->";
const BEGIN_PAGE = "<!-- measured: npm run bench:page writes what is between these two lines -->";
const END_PAGE = "<!-- end of what was measured in a page -->";
const BEGIN_CONSOLE =
  "<!-- measured: npm run bench:page writes the figures of the console between these two lines -->";
const END_CONSOLE = "<!-- end of what was measured in the console -->";

/**
 * Writes the results of a run into docs/performance.md, between its two markers; the rest is written by hand.
 *
 * @param {string} setup one line
 * @param {string[][]} headlines the rows that matter first, below their header
 * @param {{ title: string, lines: string[][] }[]} tables the rest, folded
 * @param {string[]} notes
 */
export function writePerformance(setup, [header, ...rows], tables, notes) {
  const list = notes.map((note) => `- ${note}`).join("\n");
  const folded = ["<details>", "<summary>All measurements</summary>", ...tables.map(render), "</details>"];
  writeBetween(BEGIN, END, [setup, markdownTable(header, rows, numbers), ...folded, list].join("\n\n"));
}

/** Writes what clients of a page take. @param {string} setup one line @param {string[][]} rows the first is the header */
export function writePage(setup, [header, ...body]) {
  writeBetween(BEGIN_PAGE, END_PAGE, `${setup}\n\n${markdownTable(header, body, numbers)}`);
}

/** Writes the figures of the console. @param {string} setup one line @param {string[][]} rows the first is the header */
export function writeConsole(setup, [header, ...body]) {
  writeBetween(BEGIN_CONSOLE, END_CONSOLE, `${setup}\n\n${markdownTable(header, body, numbers)}`);
}

function writeBetween(begin, end, measured) {
  const text = readFileSync(file, "utf8");
  const [before, rest] = text.split(begin);
  const after = rest?.split(end)[1];
  if (after === undefined) throw new Error(`docs/performance.md must contain '${begin}' and '${end}'`);
  writeFileSync(file, `${before}${begin}\n\n${measured}\n\n${end}${after}`);
}

/** @param {{ title: string, lines: string[][] }} table */
function render({ title, lines }) {
  const [header, ...body] = lines;
  return `### ${title}\n\n${markdownTable(header, body, numbers)}`;
}
