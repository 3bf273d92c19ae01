import type { Resources } from "./resources.ts";

/** The state of a process during a soak, after a garbage collection. */
export interface SoakSample extends Resources {
  /** The time since its start, in minutes. */
  readonly minute: number;
  readonly heapBytes: number;
}

/** Returns the slope of the heap, in bytes per minute: the line with the least squares. */
export function slopeOf(samples: readonly SoakSample[]): number {
  const count = samples.length;
  const mean = (value: (sample: SoakSample) => number): number =>
    samples.reduce((sum, sample) => sum + value(sample), 0) / count;
  const minute = mean((sample) => sample.minute);
  const heap = mean((sample) => sample.heapBytes);
  const covariance = mean((sample) => (sample.minute - minute) * (sample.heapBytes - heap));
  const variance = mean((sample) => (sample.minute - minute) ** 2);
  return variance === 0 ? 0 : covariance / variance;
}
