import { HubError } from "../hub/hub-error.ts";

/** Creates the error of a query that isn't valid. @param at - the place of the problem, counted from 0 */
export function invalidQuery(at: number, problem: string): HubError {
  return new HubError("ArgumentInvalid", `The query isn't valid at character ${at + 1}: ${problem}.`);
}
