import type { Clock, Timer } from "@isohub/core/runtime";

/** What a page's clock is made of; tests bring their own. */
export interface PageClockParts {
  /** The page's own clock, whose timers the browser holds back while the page is hidden. */
  readonly own: Clock;
  /** Milliseconds that only go forward. */
  monotonic(): number;
  isHidden(): boolean;
  onVisibilityChange(run: () => void): void;
  /** An workerTimer that is on time in hidden pages too; `undefined` where the page may have none. */
  createWorkerTimer(ring: () => void): WorkerTimer | undefined;
}

/** Rings once, some time after it was last set. */
export interface WorkerTimer {
  set(ms: number): void;
}

interface Waiting {
  readonly due: number;
  readonly run: () => void;
  timer: Timer | undefined;
}

/**
 * The clock of a page. Browsers let timers of hidden pages run once a second, and after five minutes once a minute, which
 * is too late for a keep-alive. Timers in a worker stay on time: while the page is hidden, one there wakes it for whatever
 * is due. The page's own timers run all the same, so where there can be no worker they are late, and not lost.
 */
export class PageClock implements Clock {
  readonly #parts: PageClockParts;
  readonly #waiting = new Set<Waiting>();
  #workerTimer: WorkerTimer | undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  #prepared = false;

  constructor(parts: PageClockParts) {
    this.#parts = parts;
  }

  now(): number {
    return this.#parts.own.now();
  }

  setTimer(run: () => void, ms: number): Timer {
    this.#prepare();
    const waiting: Waiting = { due: this.#parts.monotonic() + ms, run, timer: undefined };
    waiting.timer = this.#parts.own.setTimer(() => this.#fire(waiting), ms);
    this.#waiting.add(waiting);
    if (this.#parts.isHidden()) this.#wakeAt(waiting.due);
    return { cancel: () => this.#forget(waiting) };
  }

  /** With the first timer, so that an import does nothing. */
  #prepare(): void {
    if (this.#prepared) return;
    this.#prepared = true;
    this.#parts.onVisibilityChange(() => {
      if (this.#parts.isHidden()) this.#wakeForNext();
    });
  }

  #wakeForNext(): void {
    this.#timerAt = Number.POSITIVE_INFINITY;
    let next = Number.POSITIVE_INFINITY;
    for (const { due } of this.#waiting) next = Math.min(next, due);
    this.#wakeAt(next);
  }

  #wakeAt(due: number): void {
    if (due >= this.#timerAt) return;
    this.#workerTimer ??= this.#parts.createWorkerTimer(() => this.#ring());
    this.#timerAt = due;
    this.#workerTimer?.set(Math.max(0, due - this.#parts.monotonic()));
  }

  #ring(): void {
    const now = this.#parts.monotonic();
    const due = [...this.#waiting].filter((waiting) => waiting.due <= now).sort((a, b) => a.due - b.due);
    for (const waiting of due) this.#fire(waiting);
    if (this.#parts.isHidden()) this.#wakeForNext();
  }

  #fire(waiting: Waiting): void {
    if (!this.#waiting.has(waiting)) return;
    this.#forget(waiting);
    waiting.run();
  }

  #forget(waiting: Waiting): void {
    waiting.timer?.cancel();
    this.#waiting.delete(waiting);
  }
}
