import type { Clock, Timer } from "@isohub/core/runtime";

/** Node's timers. An idle timer doesn't keep the process alive. */
export const nodeClock: Clock = {
  now: () => Date.now(),
  setTimer(run, ms, idle = false) {
    const timer = setTimeout(run, ms);
    if (idle) timer.unref();
    return new NodeTimer(timer);
  },
};

/** A timer. It takes less memory than an object with a closure, and an idle client has two. */
class NodeTimer implements Timer {
  readonly #timer: NodeJS.Timeout;

  constructor(timer: NodeJS.Timeout) {
    this.#timer = timer;
  }

  cancel(): void {
    clearTimeout(this.#timer);
  }
}
