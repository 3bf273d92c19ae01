import { isJsonObject } from "@isohub/core/internal";
import type { DesiredProperty } from "../document/device-type.ts";
import { type DocumentProblem, limitProblems, memberPath, problemAt } from "../schema/problems.ts";

/** Returns the rule of a desired property that a value breaks, worded to follow "must be". */
export function brokenRule(
  { type, minimum = -Infinity, maximum = Infinity, values }: DesiredProperty,
  value: unknown,
): string | undefined {
  if (values !== undefined && !values.some((each) => each === value)) return `one of ${values.join(", ")}`;
  if (type !== undefined && !isOfType(type, value)) return `${/^[io]/.test(type) ? "an" : "a"} ${type}`;
  if (typeof value === "number" && value < minimum) return `at least ${minimum}`;
  if (typeof value === "number" && value > maximum) return `at most ${maximum}`;
  return undefined;
}

/** Lists limits that contradict each other, and an initial value that the property's own rule doesn't allow. */
export function desiredProblems(property: DesiredProperty, path: string): DocumentProblem[] {
  const limits = limitProblems(property, path);
  if (limits.length > 0) return limits;
  const { initial } = property;
  const rule = initial === undefined ? undefined : brokenRule(property, initial);
  return rule === undefined ? [] : [problemAt(memberPath(path, "initial"), rule, initial)];
}

function isOfType(type: NonNullable<DesiredProperty["type"]>, value: unknown): boolean {
  if (type === "integer") return Number.isInteger(value);
  if (type === "object") return isJsonObject(value);
  return typeof value === type;
}
