import type { Clock, Timer } from "../util/clock.ts";

interface Waiting {
  at: number;
  readonly order: number;
  readonly run: () => void;
}

/** A clock that stands still until a test moves it. Timers run in the order of their due times, with the clock set to each. */
export class VirtualClock implements Clock {
  #now: number;
  #order = 0;
  readonly #waiting = new Set<Waiting>();

  constructor(now: number = Date.parse("2026-01-01T00:00:00Z")) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  /** The number of pending timers. */
  get timers(): number {
    return this.#waiting.size;
  }

  setTimer(run: () => void, ms: number): Timer {
    const entry: Waiting = { at: this.#now + Math.max(0, ms), order: this.#order++, run };
    this.#waiting.add(entry);
    return { cancel: () => this.#waiting.delete(entry) };
  }

  /** Sets the wall clock without letting time pass, as a user or a time server does. */
  jump(ms: number): void {
    this.#now += ms;
    for (const entry of this.#waiting) entry.at += ms;
  }

  /** Advances the time. Promises that a timer settles run before the next timer. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#waiting.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.run();
      await settle();
    }
    this.#now = end;
    await settle();
  }

  #next(end: number): Waiting | undefined {
    let first: Waiting | undefined;
    for (const entry of this.#waiting) {
      if (entry.at > end) continue;
      if (first === undefined || entry.at < first.at || (entry.at === first.at && entry.order < first.order))
        first = entry;
    }
    return first;
  }
}

/** Enough turns for chains of promises to settle. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}
