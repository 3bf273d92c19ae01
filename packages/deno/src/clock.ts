import type { Clock } from "@isohub/core/runtime";

/** Deno's timers. An idle timer doesn't keep the program running. */
export const denoClock: Clock = {
  now: () => Date.now(),
  setTimer(run, ms, idle = false) {
    const timer = setTimeout(run, ms);
    if (idle) Deno.unrefTimer(timer);
    return { cancel: () => clearTimeout(timer) };
  },
};
