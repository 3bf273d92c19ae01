import type { FaultField } from "./fault-choice.ts";

/** Creates a parameter that is a number. */
export const number = (name: string, label: string, value: number, min: number, max: number): FaultField => ({
  name,
  label,
  kind: "number",
  value,
  min,
  max,
});
/** Creates a parameter with a choice of values. The first one is the default. */
export const choice = (
  name: string,
  label: string,
  options: readonly (readonly [string, string])[],
): FaultField => ({
  name,
  label,
  kind: "choice",
  value: options[0]?.[0] ?? "",
  options,
});
/** The number of times, once by default. */
export const times: FaultField = number("times", "Times", 1, 1, 1000);
/** The number of times, three by default. */
export const times3: FaultField = number("times", "Times", 3, 1, 1000);
/** The kind of answers to withhold. */
export const answers: FaultField = choice("answer", "Answers", [
  ["puback", "acknowledgements of telemetry (PUBACK)"],
  ["suback", "answers to subscriptions (SUBACK)"],
  ["pingresp", "answers to pings (PINGRESP)"],
  ["twin", "answers to twin requests"],
]);
