/** A histogram as JSON. */
export interface HistogramJson {
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  /** The number of values by the index of their bucket. */
  readonly buckets: Readonly<Record<string, number>>;
}

// A bucket's limits differ by 2 %, so its middle is within 1 % of each value in it.
const growth = 1.02;
const lowest = 0.01;

/**
 * A histogram of positive numbers whose percentiles are within 1 % of the true ones. Two of them add up exactly: the sum is the same as if
 * one had counted all values.
 */
export class Histogram {
  readonly #buckets = new Map<number, number>();
  #count = 0;
  #sum = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = 0;

  /** The number of values. */
  get count(): number {
    return this.#count;
  }

  /** The largest value, exactly; 0 without values. */
  get max(): number {
    return this.#max;
  }

  /** The mean, exactly; 0 without values. */
  get mean(): number {
    return this.#count === 0 ? 0 : this.#sum / this.#count;
  }

  /** Counts a value. */
  add(value: number): void {
    const index = value <= lowest ? 0 : Math.ceil(Math.log(value / lowest) / Math.log(growth));
    this.#buckets.set(index, (this.#buckets.get(index) ?? 0) + 1);
    this.#count++;
    this.#sum += value;
    this.#min = Math.min(this.#min, value);
    this.#max = Math.max(this.#max, value);
  }

  /** Returns the value that a share of all values doesn't exceed; 0 without values. @param share - 0.99 for p99 */
  percentile(share: number): number {
    let left = Math.ceil(share * this.#count);
    if (left === 0) return 0;
    for (const [index, count] of this.#sorted()) {
      left -= count;
      if (left > 0) continue;
      const middle = index === 0 ? lowest : (lowest * growth ** index * 2) / (1 + growth);
      return Math.min(Math.max(middle, this.#min), this.#max);
    }
    return this.#max;
  }

  /** Adds all values of another histogram. */
  merge({ count, sum, min, max, buckets }: HistogramJson): void {
    if (count === 0) return;
    for (const [index, values] of Object.entries(buckets))
      this.#buckets.set(Number(index), (this.#buckets.get(Number(index)) ?? 0) + values);
    this.#count += count;
    this.#sum += sum;
    this.#min = Math.min(this.#min, min);
    this.#max = Math.max(this.#max, max);
  }

  /** The histogram for a report; `Histogram.of` makes one from it again. */
  toJSON(): HistogramJson {
    const min = this.#count === 0 ? 0 : this.#min;
    return {
      count: this.#count,
      sum: this.#sum,
      min,
      max: this.#max,
      buckets: Object.fromEntries(this.#sorted()),
    };
  }

  /** Makes one histogram of several: all of their values. */
  static of(...histograms: readonly HistogramJson[]): Histogram {
    const sum = new Histogram();
    for (const each of histograms) sum.merge(each);
    return sum;
  }

  #sorted(): [number, number][] {
    return [...this.#buckets].sort(([one], [other]) => one - other);
  }
}
