/** The latest values of a series. Its memory is bounded, however long the page is open. */
export class Ring<T> {
  readonly #limit: number;
  #values: T[] = [];

  /** @param limit - the number of values to keep */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The values, the oldest first. Don't change them. */
  get values(): readonly T[] {
    return this.#values.length > this.#limit ? this.#values.slice(-this.#limit) : this.#values;
  }

  get last(): T | undefined {
    return this.#values.at(-1);
  }

  add(value: T): void {
    this.#values.push(value);
    // Shortened rarely: removing the first element of an array moves all the others.
    if (this.#values.length > this.#limit * 2) this.#values = this.#values.slice(-this.#limit);
  }

  clear(): void {
    this.#values = [];
  }
}
