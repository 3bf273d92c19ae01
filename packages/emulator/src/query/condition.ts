import type { JsonObject } from "@isohub/core";
import { evaluate } from "./evaluation.ts";
import { parseCondition } from "./parser.ts";
import { canonicalPath, messagePath } from "./path.ts";

/**
 * Returns a test of the query language, such as that of a message route. It passes only if the condition is `true`.
 *
 * @param of - the rows: twins, or messages with the names of their properties in lower case
 * @throws {HubError} ArgumentInvalid, with the place of the problem
 */
export function conditionOf(
  condition: string,
  of: "twins" | "messages" = "twins",
): (row: JsonObject) => boolean {
  const expression = parseCondition(condition, of === "twins" ? canonicalPath : messagePath);
  return (row) => evaluate(expression, row) === true;
}
