/** The source of time, injected so that tests control it. */
export interface Clock {
  /** Milliseconds since 1970 by the system's clock, which may jump. */
  now(): number;
  /**
   * Calls `run` after `ms` milliseconds, once.
   *
   * @param idle - true for a timer that doesn't keep the process alive
   */
  setTimer(run: () => void, ms: number, idle?: boolean): Timer;
}

/** A timer that can be canceled. */
export interface Timer {
  /** Cancels the timer. Does nothing if it has run or was canceled before. */
  cancel(): void;
}

/** A time that never comes, and a time-out without a limit. */
export const never: number = Number.POSITIVE_INFINITY;

/** The longest delay that a JavaScript timer accepts: 2^31 - 1 ms, 24.8 days. A longer one fires at once. */
export const longestTimerMs = 2_147_483_647;

/** Calls `run` after `ms` milliseconds, without an upper limit and regardless of changes to the clock. */
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

// A long wait is split into slices, for two reasons: timers are limited to 24.8 days, and a clock that is set forward (or
// a laptop that wakes up) is detected at the end of a slice instead of at the end of the wait.
const sliceMs = 60_000;

/** The delay of a timer for something due at `at`. When the timer fires, check the clock again. */
export function sliceUntil(at: number, now: number): number {
  return Math.min(Math.max(0, at - now), sliceMs);
}

/**
 * Calls `run` when the clock shows `at` or later, without an upper limit and even if the clock is set in the meantime.
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
