import type { Clock } from "@isohub/core/internal";

// The service takes longer; Microsoft's client for Java needs a few milliseconds, more on a busy machine.
const delayMs = 50;
const maxWaiting = 64;

/**
 * Answers to one device, sent a moment after its requests. Microsoft's client for Java begins to wait for an answer after it has
 * sent the request. It misses an answer that arrives before that, which never happens with the real service, and then waits
 * for a minute.
 */
export class LateAnswers {
  readonly #clock: Clock;
  #waiting = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `send` after a moment, or at once if many answers are waiting, which limits what a device can make the hub keep. */
  add(send: () => void): void {
    if (this.#waiting === maxWaiting) {
      send();
      return;
    }
    this.#waiting++;
    this.#clock.setTimer(() => {
      this.#waiting--;
      send();
    }, delayMs);
  }
}
