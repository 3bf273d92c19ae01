const smallest = 16;

/** The storage that all empty tables share. Never written to. */
const nothing: never[] = [];

/**
 * Values by packet id or request number, from 1 to 0x3fffffff, for sequential ids with a short life.
 *
 * Not a Map: a Map used as a queue allocates a new table every few hundred entries, and each old table references the
 * next. The first one that moves to the old generation keeps all later ones, and with them every message in flight, out
 * of the young collection: a third of the cost of a message, measured with 256 in flight.
 */
export class IdTable<T> {
  // Indexed by the lower bits of the id. Two ids that share them double the table.
  #ids: number[] = nothing;
  #values: (T | undefined)[] = nothing;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(id: number): boolean {
    return this.#ids[this.#slot(id)] === id;
  }

  get(id: number): T | undefined {
    return this.has(id) ? this.#values[this.#slot(id)] : undefined;
  }

  set(id: number, value: T): void {
    if (!this.has(id)) {
      while (this.#ids[this.#slot(id)] !== 0) this.#grow();
      this.#size++;
    }
    const slot = this.#slot(id);
    this.#ids[slot] = id;
    this.#values[slot] = value;
  }

  /** Removes and returns a value. */
  take(id: number): T | undefined {
    const value = this.get(id);
    if (id === 0 || value === undefined) return undefined;
    const slot = this.#slot(id);
    this.#ids[slot] = 0;
    this.#values[slot] = undefined;
    this.#size--;
    return value;
  }

  /** All values, in no particular order. */
  values(): T[] {
    return this.#values.filter((value) => value !== undefined);
  }

  clear(): void {
    this.#ids = nothing;
    this.#values = nothing;
    this.#size = 0;
  }

  #slot(id: number): number {
    return id & (this.#ids.length - 1);
  }

  #grow(): void {
    const values = this.#values;
    const ids = this.#ids;
    const length = Math.max(smallest, ids.length * 2);
    this.#ids = new Array(length).fill(0);
    this.#values = new Array(length).fill(undefined);
    this.#size = 0;
    // Ids that didn't collide before don't collide in a larger table.
    for (const [from, value] of values.entries()) if (value !== undefined) this.set(ids[from] ?? 0, value);
  }
}
