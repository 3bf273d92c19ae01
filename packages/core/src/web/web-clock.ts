import type { Clock } from "../util/clock.ts";

/** A clock on the standard timers. They don't keep a page open, so idle timers need no special care. */
export const webClock: Clock = {
  now: () => Date.now(),
  setTimer(run, ms) {
    const timer = setTimeout(run, ms);
    return { cancel: () => clearTimeout(timer) };
  },
};
