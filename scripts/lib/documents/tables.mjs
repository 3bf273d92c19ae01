import { withoutFences } from "./documents.mjs";

/** Finds rows of tables with more or fewer cells than their heads. @param {string} text @returns {{ line: number, problem: string }[]} */
export function brokenRowsOf(text) {
  const lines = withoutFences(text).split("\n");
  const problems = [];
  let columns;
  lines.forEach((line, index) => {
    if (!/^\s*\|/.test(line)) {
      columns = undefined;
      return;
    }
    const count = cellsOf(line);
    columns ??= count;
    if (count !== columns)
      problems.push({ line: index + 1, problem: `the row must have ${columns} cells, got ${count}` });
  });
  return problems;
}

const cellsOf = (line) =>
  line
    .trim()
    .replace(/\\\|/g, "")
    .replace(/^\||\|$/g, "")
    .split("|").length;
