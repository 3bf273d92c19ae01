import { type ReadonlySignal, signal } from "@preact/signals";

const count = signal(0);
let isDue = false;

/** A number that increases at most four times a second while something changes. Views of what changes often read it. */
export const repaints: ReadonlySignal<number> = count;

/** Repaints the views of what changes often, soon. */
export function repaint(): void {
  if (isDue) return;
  isDue = true;
  setTimeout(() => {
    isDue = false;
    count.value += 1;
  }, 250);
}
