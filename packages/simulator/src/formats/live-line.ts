import type { Deliveries } from "../statistics/delivery-ledger.ts";
import { Histogram } from "../statistics/histogram.ts";
import type { Counts } from "../statistics/statistics.ts";

/** The results of a run at one moment. */
export interface LiveResults {
  readonly counts: Counts;
  readonly deliveries: Deliveries | undefined;
  /** Milliseconds since the start of the run. */
  readonly nowMs: number;
}

const integers = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** Returns an integer as text. */
export function integerText(value: number): string {
  return integers.format(value);
}

/** Returns a duration in milliseconds as text: `3.2 ms`, `1.5 s`. */
export function millisecondsText(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** Returns a time in minutes and seconds: `1:05`. */
function clockText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/**
 * Returns the results as one line.
 *
 * @param clients - the number of all devices and modules
 * @param before - the results of the line before, for the rate
 */
export function liveLine(
  { counts, deliveries, nowMs }: LiveResults,
  clients: number,
  before?: LiveResults,
): string {
  const elapsed = (nowMs - (before?.nowMs ?? 0)) / 1000;
  const rate = elapsed <= 0 ? 0 : (counts.sent - (before?.counts.sent ?? 0)) / elapsed;
  const ack = Histogram.of(counts.ackMs);
  const errors = Object.entries(counts.errors).map(([code, count]) => `${code} ${integerText(count)}`);
  return [
    clockText(nowMs).padStart(6),
    `connected ${integerText(counts.connected)}/${integerText(clients)}`,
    `sent ${integerText(counts.sent)} (${integerText(rate)}/s)`,
    `acknowledged ${integerText(counts.acknowledged)}`,
    ...(ack.count === 0
      ? []
      : [`ack p50 ${millisecondsText(ack.percentile(0.5))}, p99 ${millisecondsText(ack.percentile(0.99))}`]),
    ...(counts.failed === 0 ? [] : [`failed ${integerText(counts.failed)}`]),
    ...(deliveries === undefined ? [] : [`held ${integerText(deliveries.held)}`]),
    ...errors,
  ].join("  ");
}
