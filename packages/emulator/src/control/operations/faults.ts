import { mapFaults } from "../../faults/fault-table.ts";
import type { Faults } from "../../faults/faults.ts";
import { flag, list, optional, ref, text } from "../../schema/schema.ts";
import type { Operation } from "../operation.ts";

/** Operations on faults: one for each row of the table of faults, and those on active rules. */
export const faultOperations: { readonly [Name in keyof Faults]: Operation } = {
  rules: {
    method: "GET",
    path: "/faults",
    summary: "Lists the active fault rules",
    positional: { deviceId: optional(text()) },
    options: {},
    answer: list(ref("FaultRule")),
  },
  clear: {
    method: "DELETE",
    path: "/faults",
    summary: "Ends the fault rules of a device, or all faults",
    positional: { deviceId: optional(text()) },
    options: {},
  },
  ...mapFaults<Operation>((name, { summary, positional, options }) => ({
    method: "POST",
    path: `/faults/${name}`,
    summary,
    positional,
    options,
    answer: flag(),
    answerIn: "applied",
  })),
};
