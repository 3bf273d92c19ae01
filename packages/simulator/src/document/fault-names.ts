import { type FaultName, faultTable } from "@isohub/emulator/control-client";

// The first two end other faults. The last one needs bytes, which JSON can't contain.
const unscheduled = ["unmute", "listenAgain", "publishRaw"] as const;

/** A fault that a scenario can schedule. */
export type ScenarioFaultName = Exclude<FaultName, (typeof unscheduled)[number]>;

/** The names of the faults that a scenario can schedule, in the order of the emulator's table. */
export const scenarioFaultNames: readonly ScenarioFaultName[] = Object.keys(faultTable).filter(
  (name): name is ScenarioFaultName => !unscheduled.some((each) => each === name),
);

/** Faults with an end, and the fault that ends each. */
export const faultEnds: { readonly [Name in ScenarioFaultName]?: FaultName } = {
  mute: "unmute",
  delayPuback: "delayPuback",
  latency: "latency",
  skewClock: "skewClock",
  stopListening: "listenAgain",
};
