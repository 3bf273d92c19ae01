import type { Log, LogRecord } from "./store.ts";

/** A log in arrays. */
export class MemoryLog<Value> implements Log<Value> {
  // The numbers rise, but not always by one: a deleted record leaves a hole, until the arrays are compacted.
  #numbers: number[] = [];
  #values: (Value | undefined)[] = [];
  /** The position of the oldest record. */
  #start = 0;
  #size = 0;
  #last: number;
  #limit: number = Number.POSITIVE_INFINITY;

  /** @param last - the number of the last record */
  constructor(records: Iterable<LogRecord<Value>> = [], last = 0) {
    this.#last = last;
    for (const [number, value] of records) this.#push(number, value);
  }

  get last(): number {
    return this.#last;
  }

  get size(): number {
    return this.#size;
  }

  /** Sets the number of records to keep. */
  limitTo(limit: number): this {
    this.#limit = limit;
    this.#trim();
    return this;
  }

  append(value: Value): number {
    this.#push(++this.#last, value);
    this.#trim();
    return this.#last;
  }

  delete(number: number): void {
    const at = this.#find(number);
    if (this.#numbers[at] === number) this.#clear(at);
  }

  read(after = 0, limit: number = Number.POSITIVE_INFINITY): LogRecord<Value>[] {
    const records: LogRecord<Value>[] = [];
    for (let at = this.#find(after + 1); at < this.#numbers.length && records.length < limit; at++) {
      const record = this.#at(at);
      if (record !== undefined) records.push(record);
    }
    return records;
  }

  *latest(): IterableIterator<LogRecord<Value>> {
    for (let at = this.#numbers.length - 1; at >= this.#start; at--) {
      const record = this.#at(at);
      if (record !== undefined) yield record;
    }
  }

  #at(at: number): LogRecord<Value> | undefined {
    const [number, value] = [this.#numbers[at], this.#values[at]];
    return number === undefined || value === undefined ? undefined : [number, value];
  }

  #push(number: number, value: Value): void {
    this.#numbers.push(number);
    this.#values.push(value);
    this.#size++;
  }

  #trim(): void {
    while (this.#size > this.#limit) this.#clear(this.#start);
  }

  #clear(at: number): void {
    if (this.#values[at] === undefined) return;
    this.#values[at] = undefined;
    this.#size--;
    while (this.#start < this.#values.length && this.#values[this.#start] === undefined) this.#start++;
    if (this.#values.length > 2 * this.#size + 64) this.#compact();
  }

  // Only once there are more holes than records: removing each one would move the whole array.
  #compact(): void {
    const kept = this.read();
    this.#numbers = kept.map(([number]) => number);
    this.#values = kept.map(([, value]) => value);
    this.#start = 0;
  }

  /** Returns the position of the first record whose number is at least this one. */
  #find(number: number): number {
    let low = this.#start;
    let high = this.#numbers.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#numbers[middle] ?? 0) < number) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
