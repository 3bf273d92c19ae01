import type { Clock } from "@isohub/core/runtime";
import { webClock } from "@isohub/core/web";
import { PageClock } from "./page-clock.ts";
import { createWorkerTimer } from "./worker-timer.ts";

/** The clock of this page, or in a worker, whose timers aren't throttled, the plain one. */
export const browserClock: Clock =
  typeof document === "undefined"
    ? webClock
    : new PageClock({
        pageClock: webClock,
        monotonic: () => performance.now(),
        isHidden: () => document.hidden,
        onVisibilityChange: (run) => document.addEventListener("visibilitychange", run),
        createWorkerTimer,
      });
