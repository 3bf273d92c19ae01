const smallest = 16;

/** What all tables have while they are empty; it stays so. */
const nothing: never[] = [];

/**
 * Values by packet id or request number, from 1 to 0x3fffffff, for ids that come in sequence and go soon.
 *
 * Not a Map: one that is used as a queue makes a new table every few hundred entries, and each old one holds on to the
 * next. The first that gets old keeps all that come after it from the young collection, and with them every message
 * that was in flight: a third of all that a message costs, measured with 256 in flight.
 */
export class IdTable<T> {
  // By the lower bits of the id. Two ids with the same ones double the table.
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

  /** Takes a value out. */
  take(id: number): T | undefined {
    const value = this.get(id);
    if (id === 0 || value === undefined) return undefined;
    const slot = this.#slot(id);
    this.#ids[slot] = 0;
    this.#values[slot] = undefined;
    this.#size--;
    return value;
  }

  /** All values, in no order. */
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
    // Apart before, they stay so.
    for (const [from, value] of values.entries()) if (value !== undefined) this.set(ids[from] ?? 0, value);
  }
}
