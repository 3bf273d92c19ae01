import type { Clock } from "@isohub/core";

/** Node's timers; an idle one does not keep the process alive. */
export const nodeClock: Clock = {
  now: () => Date.now(),
  setTimer(run, ms, idle = false) {
    const timer = setTimeout(run, ms);
    if (idle) timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};
