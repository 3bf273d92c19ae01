import type { Clock, Timer } from "@isohub/core/runtime";
import { TimedHeap } from "./timed-heap.ts";

// Sockets and timers of clients get a turn after this many entries.
const entriesPerTurn = 200;

/**
 * Actions at times of the scenario, with one timer for all of them. They run in the order of their times, also if the machine is too slow
 * to run them on time.
 */
export class Schedule {
  readonly #clock: Clock;
  readonly #startedAt: number;
  readonly #heap = new TimedHeap();
  #order = 0;
  #timer: Timer | undefined;
  #timerMs = Number.POSITIVE_INFINITY;
  #stopped = false;

  /** @param startedAt - the time of 0 ms on the clock */
  constructor(clock: Clock, startedAt: number) {
    this.#clock = clock;
    this.#startedAt = startedAt;
  }

  /** Milliseconds since the start. */
  get nowMs(): number {
    return this.#clock.now() - this.#startedAt;
  }

  /** Runs an action at a time of the scenario. */
  at(ms: number, run: () => void): void {
    if (this.#stopped || ms === Number.POSITIVE_INFINITY) return;
    this.#heap.push({ ms, order: this.#order++, run });
    if (ms < this.#timerMs) this.#arm();
  }

  /** Resolves at a time of the scenario; never after {@link stop}. */
  until(ms: number): Promise<void> {
    return new Promise((resolve) => this.at(ms, resolve));
  }

  /** Drops all actions. */
  stop(): void {
    this.#stopped = true;
    this.#heap.clear();
    this.#timer?.cancel();
  }

  #arm(): void {
    this.#timer?.cancel();
    const first = this.#heap.first;
    this.#timerMs = first?.ms ?? Number.POSITIVE_INFINITY;
    if (first === undefined) return;
    const wait = Math.min(Math.max(0, first.ms - this.nowMs), 60_000);
    this.#timer = this.#clock.setTimer(() => this.#run(), wait);
  }

  #run(): void {
    const now = this.nowMs;
    // While entries run, new ones needn't arm the timer.
    this.#timerMs = Number.NEGATIVE_INFINITY;
    for (let count = 0; count < entriesPerTurn; count++) {
      const first = this.#heap.first;
      if (first === undefined || first.ms > now) break;
      this.#heap.pop();
      first.run();
    }
    if (!this.#stopped) this.#arm();
  }
}
