import type { FaultName } from "@isohub/emulator/control-client";

/** Faults that a scenario can schedule. The others end one of these, or need bytes. */
export type ScenarioFaultName = Exclude<FaultName, "unmute" | "listenAgain" | "publishRaw">;

/** The names of the faults that a scenario can schedule. */
export const scenarioFaultNames: readonly ScenarioFaultName[] = [
  "refuseConnects",
  "withholdConnack",
  "mute",
  "delayPuback",
  "failTwin",
  "provisioning",
  "blackHole",
  "drop",
  "skewClock",
  "stopListening",
];

/** Faults with an end, and the fault that ends each. */
export const faultEnds: { readonly [Name in ScenarioFaultName]?: FaultName } = {
  mute: "unmute",
  delayPuback: "delayPuback",
  skewClock: "skewClock",
  stopListening: "listenAgain",
};
