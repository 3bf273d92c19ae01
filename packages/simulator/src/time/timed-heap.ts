/** An entry of a {@link TimedHeap}. */
export interface TimedEntry {
  readonly ms: number;
  /** Entries of the same time follow each other in this order. */
  readonly order: number;
  readonly run: () => void;
}

/** Entries in the order of their times (a binary heap). */
export class TimedHeap<Entry extends TimedEntry = TimedEntry> {
  readonly #entries: Entry[] = [];

  /** The first entry. */
  get first(): Entry | undefined {
    return this.#entries[0];
  }

  clear(): void {
    this.#entries.length = 0;
  }

  push(entry: Entry): void {
    const heap = this.#entries;
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || precedes(above, entry)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = entry;
  }

  /** Removes the first entry. */
  pop(): void {
    const heap = this.#entries;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      const [left, right] = [heap[2 * at + 1], heap[2 * at + 2]];
      if (left === undefined) break;
      const isRight = right !== undefined && precedes(right, left);
      const child = isRight ? right : left;
      if (precedes(last, child)) break;
      heap[at] = child;
      at = 2 * at + (isRight ? 2 : 1);
    }
    heap[at] = last;
  }
}

function precedes(one: TimedEntry, other: TimedEntry): boolean {
  return one.ms < other.ms || (one.ms === other.ms && one.order < other.order);
}
