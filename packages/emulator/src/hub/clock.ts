import type { Clock, Timer } from "@isohub/core/internal";

/** The clock of this machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimer(run, ms, idle = true) {
    const timer: unknown = setTimeout(run, ms);
    // Only Node's timers keep the process alive; in a page a timer is a number.
    if (idle && typeof timer === "object" && timer !== null && "unref" in timer)
      (timer as { unref(): void }).unref();
    return { cancel: () => clearTimeout(timer as ReturnType<typeof setTimeout>) };
  },
};

/** A clock that is ahead of another, or behind it, by an adjustable number of milliseconds. */
export class SkewedClock implements Clock {
  readonly #base: Clock;
  /** The difference to the other clock, in milliseconds; positive if this one is ahead. */
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

/** Formats a time as the hub does: ISO 8601 in UTC. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
