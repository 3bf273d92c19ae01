import type { JsonObject } from "@isohub/core";
import { evaluate } from "./evaluation.ts";
import { parseCondition } from "./parser.ts";

/**
 * Returns a test of the query language, such as that of a message route. It passes only if the condition is `true`.
 *
 * @throws {HubError} ArgumentInvalid, with the place of the problem
 */
export function conditionOf(condition: string): (row: JsonObject) => boolean {
  const expression = parseCondition(condition);
  return (row) => evaluate(expression, row) === true;
}
