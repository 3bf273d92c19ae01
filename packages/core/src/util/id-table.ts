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
    if (id === 0 || !this.has(id)) return undefined;
    const slot = this.#slot(id);
    const value = this.#values[slot];
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
    const ids = this.#ids;
    const values = this.#values;
    const length = Math.max(smallest, ids.length * 2);
    this.#ids = empty(length, 0);
    this.#values = empty(length, undefined);
    for (const [from, id] of ids.entries()) {
      if (id === 0) continue;
      this.#ids[this.#slot(id)] = id;
      this.#values[this.#slot(id)] = values[from];
    }
  }
}

function empty<V>(length: number, value: V): V[] {
  return new Array<V>(length).fill(value);
}
