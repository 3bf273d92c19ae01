import type { Clock } from "./clock.ts";

/** Waits until a promise settles either way, but no longer than `ms` milliseconds. */
export function within(clock: Clock, ms: number, work: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const late = clock.setTimer(resolve, ms);
    const end = (): void => {
      late.cancel();
      resolve();
    };
    work.then(end, end);
  });
}
