import type { Log, LogRecord } from "./store.ts";

/** A log in an array. */
export class MemoryLog<Value> implements Log<Value> {
  #records: Value[];
  #last: number;
  #limit: number = Number.POSITIVE_INFINITY;

  /** @param last - the number of the last record */
  constructor(records: Value[] = [], last: number = records.length) {
    this.#records = records;
    this.#last = last;
  }

  /** The number of the last record, even if it isn't kept. */
  get last(): number {
    return this.#last;
  }

  /** The records that are kept, oldest first. */
  get kept(): readonly Value[] {
    return this.#limit === 0 ? [] : this.#records.slice(-this.#limit);
  }

  /** Sets the number of records to keep. */
  limitTo(limit: number): this {
    this.#limit = limit;
    return this;
  }

  append(value: Value): number {
    this.#records.push(value);
    // Cut in blocks: removing the oldest record each time would move the whole array.
    if (this.#records.length > this.#limit * 2) this.#records = [...this.kept];
    return ++this.#last;
  }

  read(after = 0): LogRecord<Value>[] {
    const { kept } = this;
    const first = this.#last - kept.length + 1;
    const skipped = Math.max(0, after + 1 - first);
    return kept.slice(skipped).map((value, at) => [first + skipped + at, value]);
  }
}
