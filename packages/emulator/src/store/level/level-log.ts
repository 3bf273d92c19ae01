import { toJson } from "../json-value.ts";
import { MemoryLog } from "../memory-log.ts";
import type { Log, LogRecord } from "../store.ts";
import type { Journal } from "./journal.ts";
import { keyOf } from "./level-table.ts";

/** A log in memory, whose writes go to a journal. */
export class LevelLog<Value> implements Log<Value> {
  readonly #journal: Journal;
  readonly #prefix: string;
  readonly #memory: MemoryLog<Value>;
  #limit: number = Number.POSITIVE_INFINITY;

  /**
   * @param prefix - of its keys in the database
   * @param records - the stored records, oldest first
   * @param last - the number of the last record
   */
  constructor(journal: Journal, prefix: string, records: Iterable<LogRecord<Value>>, last: number) {
    this.#journal = journal;
    this.#prefix = prefix;
    this.#memory = new MemoryLog(records, last);
  }

  get last(): number {
    return this.#memory.last;
  }

  get size(): number {
    return this.#memory.size;
  }

  /** Sets the number of records to keep. */
  limitTo(limit: number): this {
    this.#limit = limit;
    this.#trim();
    return this;
  }

  append(value: Value): number {
    const number = this.#memory.append(value);
    this.#journal.put(keyOf(this.#prefix, number), () => JSON.stringify(toJson(value)));
    this.#trim();
    return number;
  }

  delete(number: number): void {
    this.#memory.delete(number);
    this.#journal.delete(keyOf(this.#prefix, number));
    // The last number is that of the last record, unless that was deleted.
    if (number === this.last) this.#journal.put(lastKeyOf(this.#prefix), () => String(number));
  }

  read(after?: number, limit?: number): LogRecord<Value>[] {
    return this.#memory.read(after, limit);
  }

  latest(): IterableIterator<LogRecord<Value>> {
    return this.#memory.latest();
  }

  /** Deletes every record, and lets a log of the same name begin at 1. */
  clear(): void {
    for (const [number] of this.read()) this.delete(number);
    this.#journal.delete(lastKeyOf(this.#prefix));
  }

  #trim(): void {
    while (this.size > this.#limit) {
      const [oldest] = this.read(0, 1);
      if (oldest === undefined) return;
      this.delete(oldest[0]);
    }
  }
}

/** Returns the key of the last number of a log. */
export function lastKeyOf(prefix: string): string {
  return `${prefix}/last`;
}
