/** Time, injected, so that tests rule over it. */
export interface Clock {
  /** Milliseconds since 1970, as the system tells them: it may jump. */
  now(): number;
  /**
   * Calls `run` after `ms` milliseconds, once.
   *
   * @param idle - true for a timer that must not by itself keep the process alive
   */
  setTimer(run: () => void, ms: number, idle?: boolean): Timer;
}

/** A timer that can be taken back. */
export interface Timer {
  /** Takes it back: it will not run. Harmless when it has run, and when called again. */
  cancel(): void;
}

/** The longest delay a JavaScript timer takes: 2^31 - 1 ms, 24.8 days. A longer one fires at once. */
export const longestTimerMs = 2_147_483_647;

/** Calls `run` after `ms` milliseconds, however many that are, and whatever the clock shows meanwhile. */
export function setTimer(clock: Clock, ms: number, run: () => void, idle = true): Timer {
  let timer: Timer;
  let left = ms;
  const arm = (): void => {
    const slice = Math.min(left, longestTimerMs);
    left -= slice;
    timer = clock.setTimer(() => (left > 0 ? arm() : run()), slice, idle);
  };
  arm();
  return { cancel: () => timer.cancel() };
}

// A long wait is cut into slices, for two reasons: timers end at 24.8 days, and a wall clock that is set forward (or
// a laptop that wakes) is noticed at the end of a slice instead of at the end of the wait.
const sliceMs = 60_000;

/** How long a timer may be set for what is due at `at`: when it runs, the clock has to be looked at again. */
export function sliceUntil(at: number, now: number): number {
  return Math.min(Math.max(0, at - now), sliceMs);
}

/**
 * Calls `run` when the clock shows `at` or later, however far away that is and however the clock is set meanwhile.
 */
export function setTimerAt(clock: Clock, at: number, run: () => void, idle = true): Timer {
  let timer: Timer;
  const arm = (): void => {
    const ms = sliceUntil(at, clock.now());
    timer = clock.setTimer(() => (clock.now() >= at ? run() : arm()), ms, idle);
  };
  arm();
  return { cancel: () => timer.cancel() };
}
