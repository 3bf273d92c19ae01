import { batch, type ReadonlySignal, type Signal, signal } from "@preact/signals";

const count = signal(0);
const intervalMs = 250;
let isDue = false;
let last = Number.NEGATIVE_INFINITY;

/** A number that increases at most four times a second while something changes. Views of rapidly changing values read it. */
export const repaints: ReadonlySignal<number> = count;

/** The parts that have changed since the last repaint. */
const changed = new Set<Signal<number>>();

/**
 * Repaints the views of rapidly changing values: immediately, or once the interval since the last repaint has passed.
 *
 * @param part - the change counter of a part of the page, such as a row; only the view that reads it repaints
 */
export function repaint(part?: Signal<number>): void {
  if (part !== undefined) changed.add(part);
  if (isDue) return;
  isDue = true;
  setTimeout(
    () => {
      isDue = false;
      last = performance.now();
      batch(() => {
        count.value += 1;
        for (const each of changed) each.value += 1;
        changed.clear();
      });
    },
    Math.max(0, last + intervalMs - performance.now()),
  );
}
