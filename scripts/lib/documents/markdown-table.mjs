/** Renders a row of a table in Markdown. @param {readonly string[]} cells */
export const markdownRow = (cells) => `| ${cells.join(" | ")} |`;

/**
 * Renders a table in Markdown.
 *
 * @param {readonly string[]} head
 * @param {readonly (readonly string[])[]} rows
 * @param {(column: number) => string} [ruleOf] - the line below the head, which aligns each column; by default to the left
 */
export function markdownTable(head, rows, ruleOf = () => "---") {
  const rules = head.map((_, column) => ruleOf(column));
  return [head, rules, ...rows].map(markdownRow).join("\n");
}

/** Aligns all columns to the right, except the first. @param {number} column */
export const numbers = (column) => (column === 0 ? "---" : "---:");
