import type { Clock, Timer } from "@isohub/core/internal";

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimer(run, ms, idle = true) {
    const timer: unknown = setTimeout(run, ms);
    // Only Node's timers hold the process; in a page a timer is a number.
    if (idle && typeof timer === "object" && timer !== null && "unref" in timer)
      (timer as { unref(): void }).unref();
    return { cancel: () => clearTimeout(timer as ReturnType<typeof setTimeout>) };
  },
};

/** A clock that runs ahead of (or behind) another by a number of milliseconds that can be changed. */
export class SkewedClock implements Clock {
  readonly #base: Clock;
  /** How far this clock is ahead, in milliseconds. */
  skewMs = 0;

  constructor(base: Clock) {
    this.#base = base;
  }

  now(): number {
    return this.#base.now() + this.skewMs;
  }

  setTimer(run: () => void, ms: number, idle = true): Timer {
    return this.#base.setTimer(run, ms, idle);
  }
}

/** A moment as the hub writes it: ISO 8601 in UTC. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
