import type { Clock } from "../util/clock.ts";

/** The timers that every runtime has. They keep no page open, so idle ones are no different. */
export const webClock: Clock = {
  now: () => Date.now(),
  setTimer(run, ms) {
    const timer = setTimeout(run, ms);
    return { cancel: () => clearTimeout(timer) };
  },
};
