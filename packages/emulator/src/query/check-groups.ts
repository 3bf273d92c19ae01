import type { Query } from "./expression.ts";
import { invalidQuery } from "./invalid-query.ts";

/** Checks that each column of a group has one value for it. @throws {HubError} ArgumentInvalid */
export function checkGroups({ columns, groupBy }: Query): void {
  if (columns === "*") {
    if (groupBy.length > 0) throw invalidQuery(0, "GROUP BY can't be combined with SELECT *");
    return;
  }
  const isGrouped = groupBy.length > 0 || columns.some(({ aggregate }) => aggregate !== undefined);
  if (!isGrouped) return;
  const grouped = new Set(groupBy.map((expression) => JSON.stringify(expression)));
  for (const { name, aggregate, expression } of columns) {
    if (aggregate !== undefined) continue;
    if (expression?.kind === "path" && grouped.has(JSON.stringify(expression))) continue;
    throw invalidQuery(0, `the column ${name} must be in GROUP BY, or the parameter of an aggregate`);
  }
}
