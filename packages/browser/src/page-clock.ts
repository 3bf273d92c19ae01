import type { Clock, Timer } from "@isohub/core/runtime";

/** The dependencies of a {@link PageClock}. */
export interface PageClockOptions {
  /** The page's timers, which the browser throttles while the page is hidden. */
  readonly pageClock: Clock;
  /** Returns milliseconds that only increase. */
  monotonic(): number;
  isHidden(): boolean;
  onVisibilityChange(run: () => void): void;
  /** Creates a timer that runs on time in hidden pages, too, or returns `undefined` if the page may have no worker. */
  createWorkerTimer(onTimer: () => void): WorkerTimer | undefined;
}

/** A timer in a worker. It fires once after it was last set. */
export interface WorkerTimer {
  set(ms: number): void;
}

interface PageTimer {
  readonly due: number;
  readonly run: () => void;
  timer: Timer | undefined;
}

/**
 * The clock of a page. Browsers run the timers of a hidden page once a second, and after five minutes once a minute, which
 * is too late for keep-alive. Timers in a worker aren't throttled: while the page is hidden, one of them fires whenever a
 * timer is due. The page's own timers run, too, so that without a worker timers are late, but not lost.
 */
export class PageClock implements Clock {
  readonly #options: PageClockOptions;
  readonly #timers = new Set<PageTimer>();
  #workerTimer: WorkerTimer | undefined;
  #workerTimerAt = Number.POSITIVE_INFINITY;
  #prepared = false;

  constructor(options: PageClockOptions) {
    this.#options = options;
  }

  now(): number {
    return this.#options.pageClock.now();
  }

  setTimer(run: () => void, ms: number): Timer {
    this.#prepare();
    const pageTimer: PageTimer = { due: this.#options.monotonic() + ms, run, timer: undefined };
    pageTimer.timer = this.#options.pageClock.setTimer(() => this.#fire(pageTimer), ms);
    this.#timers.add(pageTimer);
    if (this.#options.isHidden()) this.#wakeAt(pageTimer.due);
    return { cancel: () => this.#forget(pageTimer) };
  }

  /** Listens from the first timer on, so that an import has no side effects. */
  #prepare(): void {
    if (this.#prepared) return;
    this.#prepared = true;
    this.#options.onVisibilityChange(() => {
      if (this.#options.isHidden()) this.#wakeForNext();
    });
  }

  #wakeForNext(): void {
    this.#workerTimerAt = Number.POSITIVE_INFINITY;
    let next = Number.POSITIVE_INFINITY;
    for (const { due } of this.#timers) next = Math.min(next, due);
    this.#wakeAt(next);
  }

  #wakeAt(due: number): void {
    if (due >= this.#workerTimerAt) return;
    this.#workerTimer ??= this.#options.createWorkerTimer(() => this.#fireDue());
    this.#workerTimerAt = due;
    this.#workerTimer?.set(Math.max(0, due - this.#options.monotonic()));
  }

  #fireDue(): void {
    const now = this.#options.monotonic();
    const due = [...this.#timers].filter((pageTimer) => pageTimer.due <= now).sort((a, b) => a.due - b.due);
    for (const pageTimer of due) this.#fire(pageTimer);
    if (this.#options.isHidden()) this.#wakeForNext();
  }

  #fire(pageTimer: PageTimer): void {
    if (!this.#timers.has(pageTimer)) return;
    this.#forget(pageTimer);
    pageTimer.run();
  }

  #forget(pageTimer: PageTimer): void {
    pageTimer.timer?.cancel();
    this.#timers.delete(pageTimer);
  }
}
