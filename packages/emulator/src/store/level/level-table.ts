import { toJson } from "../json-value.ts";
import type { Table } from "../store.ts";
import type { Journal } from "./journal.ts";

/** A record in the database: its key is in its value, because the database orders by the time of creation. */
export type StoredRecord = readonly [key: string, value: unknown];

/** A table in memory, whose writes go to a journal. */
export class LevelTable<Value> implements Table<Value> {
  readonly #journal: Journal;
  readonly #prefix: string;
  readonly #records: Map<string, Value>;
  readonly #ordinals: Map<string, number>;
  #last: number;

  /**
   * @param prefix - of its keys in the database
   * @param stored - the records by their ordinals, in order
   */
  constructor(
    journal: Journal,
    prefix: string,
    stored: Iterable<readonly [ordinal: number, key: string, value: Value]>,
  ) {
    this.#journal = journal;
    this.#prefix = prefix;
    this.#records = new Map();
    this.#ordinals = new Map();
    this.#last = 0;
    for (const [ordinal, key, value] of stored) {
      this.#records.set(key, value);
      this.#ordinals.set(key, ordinal);
      this.#last = Math.max(this.#last, ordinal);
    }
  }

  get size(): number {
    return this.#records.size;
  }

  get(key: string): Value | undefined {
    return this.#records.get(key);
  }

  has(key: string): boolean {
    return this.#records.has(key);
  }

  set(key: string, value: Value): void {
    const ordinal = this.#ordinals.get(key) ?? ++this.#last;
    this.#ordinals.set(key, ordinal);
    this.#records.set(key, value);
    this.#journal.put(keyOf(this.#prefix, ordinal), () =>
      JSON.stringify([key, toJson(value)] satisfies StoredRecord),
    );
  }

  delete(key: string): boolean {
    const ordinal = this.#ordinals.get(key);
    if (ordinal === undefined) return false;
    this.#ordinals.delete(key);
    this.#records.delete(key);
    this.#journal.delete(keyOf(this.#prefix, ordinal));
    return true;
  }

  values(): IterableIterator<Value> {
    return this.#records.values();
  }

  entries(): IterableIterator<[key: string, value: Value]> {
    return this.#records.entries();
  }

  /** Deletes every record. */
  clear(): void {
    for (const key of [...this.#records.keys()]) this.delete(key);
  }
}

/** Returns a key of the database, which orders numbers as numbers. */
export function keyOf(prefix: string, number: number): string {
  return `${prefix}/${String(number).padStart(16, "0")}`;
}
