/** Timers that run on time in hidden tabs, for code that sends at intervals. A separate file from the clients. */
import { browserClock } from "./clock.ts";

/** A timer of {@link setPageTimer}. */
export interface PageTimer {
  /** Cancels the timer. No effect after it has fired. */
  cancel(): void;
}

/**
 * Calls a function once after a delay, also in a hidden tab. Browsers fire the timers of a hidden tab once a second, and after five
 * minutes once a minute; this one uses a worker while the page is hidden. In a worker, it is a plain timer.
 *
 * @param run - called once
 * @param ms - the delay in milliseconds
 */
export function setPageTimer(run: () => void, ms: number): PageTimer {
  return browserClock.setTimer(run, ms);
}
