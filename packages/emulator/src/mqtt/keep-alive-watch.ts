import type { Clock, Timer } from "@isohub/core/internal";

// After a pause of this process, timers run before the packets that have arrived. Those get this time to be read.
const readingMs = 50;

/** Notices that a client has sent nothing for a period. */
export class KeepAliveWatch {
  readonly #clock: Clock;
  readonly #owner: { onSilence(): void };
  #periodMs = 0;
  #lastReceivedAt = 0;
  #timer: Timer | undefined;

  constructor(clock: Clock, owner: { onSilence(): void }) {
    this.#clock = clock;
    this.#owner = owner;
  }

  /** Begins, with the last received bytes. */
  start(periodMs: number): void {
    this.#periodMs = periodMs;
    this.#wait(periodMs, false);
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** Notes that bytes have arrived. */
  received(): void {
    this.#lastReceivedAt = this.#clock.now();
  }

  /** @param isOver - whether the period has passed, and only packets that have already arrived may be left to read */
  #wait(ms: number, isOver: boolean): void {
    this.#timer = this.#clock.setTimer(() => {
      const remaining = this.#lastReceivedAt + this.#periodMs - this.#clock.now();
      if (remaining > 0) this.#wait(remaining, false);
      else if (isOver) this.#owner.onSilence();
      else this.#wait(readingMs, true);
    }, ms);
  }
}
