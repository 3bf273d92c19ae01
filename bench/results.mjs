/** Above this share of its core, the sink may limit the figures. */
const SINK_LIMIT = 0.8;

/** @typedef {{ median: number, min: number, max: number, samples: number[], busy: boolean }} Summary */

/** The results of a run: samples by table, row and column. */
export class Results {
  /** @type {Map<string, { values: number[], sinkLoads: number[] }>} */
  #samples = new Map();
  /** The reasons why a column has no figure for a row, or lost a round. @type {Set<string>} */
  notes = new Set();
  /** Whether a cell failed, rather than being skipped. */
  failed = false;

  /** @param {string} metric @param {string} peer @param {Awaited<ReturnType<import("./cell.mjs").runCell>>} outcome */
  add(metric, peer, { points, sinkLoad }) {
    for (const { table, row, value } of points) {
      const key = keyOf(metric, table, row, peer);
      const entry = this.#samples.get(key) ?? { values: [], sinkLoads: [] };
      entry.values.push(value);
      entry.sinkLoads.push(sinkLoad);
      this.#samples.set(key, entry);
    }
  }

  /** @returns {Summary | undefined} */
  summary(metric, table, row, peer, baselines = []) {
    const entry = this.#samples.get(keyOf(metric, table, row, peer));
    if (!entry) return undefined;
    const offset = baselines.reduce(
      (sum, name) => sum + (this.summary(metric, table, row, name)?.median ?? 0),
      0,
    );
    const samples = entry.values.map((value) => value - offset);
    return {
      median: median(samples),
      min: Math.min(...samples),
      max: Math.max(...samples),
      samples,
      busy: median(entry.sinkLoads) >= SINK_LIMIT,
    };
  }

  /** Returns the content of the JSON file. */
  all() {
    return [...this.#samples].map(([key, { values, sinkLoads }]) => {
      const [metric, table, row, peer] = JSON.parse(key);
      return {
        metric,
        table,
        row,
        peer,
        median: median(values),
        values,
        sinkLoads,
        sinkBusy: median(sinkLoads) >= SINK_LIMIT,
      };
    });
  }
}

const keyOf = (...parts) => JSON.stringify(parts);

/** @param {number[]} values */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
