import type { Threshold } from "../document/scenario.ts";
import type { Findings } from "./findings.ts";
import { Histogram } from "./histogram.ts";

/** A threshold with the value that it limits. */
export interface Verdict extends Threshold {
  /** The value; `null` if the run has none, such as `lost` without a local hub. */
  readonly value: number | null;
  readonly passed: boolean;
}

type Metric = Threshold["metric"];

/** Compares results with their limits. A result that the run doesn't have fails its threshold. */
export function judge(findings: Findings, thresholds: readonly Threshold[]): Verdict[] {
  return thresholds.map((threshold) => {
    const value = metricValue(findings, threshold.metric);
    const { minimum = -Infinity, maximum = Infinity } = threshold;
    return { ...threshold, value, passed: value !== null && value >= minimum && value <= maximum };
  });
}

/** Returns a result by its name. */
export function metricValue({ counts, deliveries, connectedAtEnd }: Findings, metric: Metric): number | null {
  switch (metric) {
    case "connected":
      return connectedAtEnd;
    case "sent":
    case "acknowledged":
    case "failed":
    case "reconnections":
    case "methodCalls":
      return counts[metric];
    case "lost":
    case "repeated":
      return deliveries?.[metric] ?? null;
    case "errors":
      return Object.values(counts.errors).reduce((sum, count) => sum + count, 0);
    case "acknowledgedShare":
      return counts.sent === 0 ? 1 : counts.acknowledged / counts.sent;
    default: {
      const [name, part = ""] = metric.split(".");
      const histogram = Histogram.of(name === "ackMs" ? counts.ackMs : counts.connectMs);
      return part === "max" ? histogram.max : histogram.percentile(Number(part.slice(1)) / 100);
    }
  }
}
