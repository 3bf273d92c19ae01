import { durationMs } from "./duration.ts";
import type { Phase } from "./scenario.ts";

/** The longest time to wait for acknowledgements at the end of a scenario without a drain, in milliseconds. */
export const defaultDrainMs = 30_000;

/** The length of a phase, in milliseconds. */
export function phaseMs(phase: Phase): number {
  if (phase.phase === "ramp") return durationMs(phase.over);
  return durationMs(phase.phase === "drain" ? phase.within : phase.for);
}

/** The longest time that the phases take, with the drain, in milliseconds. */
export function longestRunMs(phases: readonly Phase[]): number {
  const total = phases.reduce((sum, phase) => sum + phaseMs(phase), 0);
  return phases.at(-1)?.phase === "drain" ? total : total + defaultDrainMs;
}
