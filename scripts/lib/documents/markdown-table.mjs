/**
 * Renders a table in Markdown.
 *
 * @param {readonly string[]} head
 * @param {readonly (readonly string[])[]} rows
 * @param {(column: number) => string} [ruleOf] - the line below the head, which aligns each column; by default to the left
 */
export function markdownTable(head, rows, ruleOf = () => "---") {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, column) => ruleOf(column))), ...rows.map(line)].join("\n");
}

/** Aligns all columns to the right, except the first. @param {number} column */
export const numbers = (column) => (column === 0 ? "---" : "---:");
