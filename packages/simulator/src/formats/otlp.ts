import type { LiveResults } from "./live-line.ts";
import { metricsOf, summariesOf } from "./metrics.ts";

/** The source of metrics, as resource attributes. */
export interface OtlpResource {
  readonly scenario: string;
  /** The shard, as in `0/3`. */
  readonly shard: string;
}

const cumulative = 2;

/**
 * Returns results as a request of OTLP/HTTP with JSON, for `POST /v1/metrics`.
 *
 * @param startMs - the start of the run, in milliseconds since 1970
 * @param nowMs - the time of the results, in milliseconds since 1970
 */
export function otlpRequest(
  results: LiveResults,
  resource: OtlpResource,
  startMs: number,
  nowMs: number,
): object {
  const times = { startTimeUnixNano: nanoseconds(startMs), timeUnixNano: nanoseconds(nowMs) };
  const attributes = (labels: Readonly<Record<string, string>>): object[] =>
    Object.entries(labels).map(([key, stringValue]) => ({ key, value: { stringValue } }));
  const numbers = metricsOf(results).map(({ name, help, kind, values }) => {
    const dataPoints = values.map(({ labels, value }) => ({
      ...times,
      attributes: attributes(labels),
      asDouble: value,
    }));
    return kind === "gauge"
      ? { name, description: help, gauge: { dataPoints } }
      : {
          name,
          description: help,
          sum: { dataPoints, aggregationTemporality: cumulative, isMonotonic: true },
        };
  });
  const summaries = summariesOf(results).map(({ name, help, count, sum, quantiles }) => ({
    name,
    description: help,
    unit: "ms",
    summary: { dataPoints: [{ ...times, count: String(count), sum, quantileValues: quantiles }] },
  }));
  const { scenario, shard } = resource;
  return {
    resourceMetrics: [
      {
        resource: { attributes: attributes({ "service.name": "isohub-simulator", scenario, shard }) },
        scopeMetrics: [{ scope: { name: "@isohub/simulator" }, metrics: [...numbers, ...summaries] }],
      },
    ],
  };
}

function nanoseconds(ms: number): string {
  return `${Math.round(ms)}000000`;
}
