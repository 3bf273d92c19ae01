import type { Definitions } from "../schema/problems.ts";
import { formed, ref, type Schema } from "../schema/schema.ts";

/** Definitions that several others use. */
export const commonSchemas: Definitions = {
  Duration: formed("a duration such as 500ms, 5s, 2m or 1h", "^\\d+(\\.\\d+)?(ms|s|m|h)$"),
  Expression: formed("an expression", "\\S"),
  Interval: formed(
    "a duration of more than 0, such as 500ms, 5s, 2m or 1h",
    "^(?!0+(\\.0+)?[a-z])\\d+(\\.\\d+)?(ms|s|m|h)$",
  ),
  Name: formed("a name of letters, digits, - and _", "^[A-Za-z_][\\w-]*$"),
};

/** A duration. */
export const duration = (description: string): Schema => ({ ...ref("Duration"), description });

/** A duration that isn't zero. */
export const interval = (description: string): Schema => ({ ...ref("Interval"), description });

/** An expression over the fields of a device. */
export const expression = (description: string): Schema => ({ ...ref("Expression"), description });

/** The share of something, from 0 to 1. */
export const share = (description: string): Schema => ({
  type: "number",
  description,
  minimum: 0,
  maximum: 1,
});
