import { checkScenario, type DeviceType, problemText, readyTypes } from "@isohub/simulator";

/** The types that the dialog offers. Modules belong to a gateway, and aren't devices. */
export const deviceTypes: Readonly<Record<string, DeviceType>> = Object.fromEntries(
  Object.entries(readyTypes).filter(([name]) => !name.endsWith("Module")),
);

/** The type of the first device: it sends each second, so that the chart soon shows something. */
export const firstType: DeviceType = {
  ...readyTypes["thermostat"],
  messages: (readyTypes["thermostat"]?.messages ?? []).map((message) => ({ ...message, every: "1s" })),
};

/** Lists the problems of a type, each with its path in the document; empty if the type is valid. */
export function problemsOf(type: unknown): string[] {
  const scenario = {
    types: { edited: type },
    groups: [{ type: "edited", count: 1 }],
    phases: [{ phase: "ramp", over: "1s" }],
  };
  return checkScenario(scenario).map((problem) => problemText(problem).replaceAll("types.edited.", ""));
}
