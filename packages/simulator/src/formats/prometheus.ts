import type { LiveResults } from "./live-line.ts";
import { metricsOf, summariesOf } from "./metrics.ts";

/** Returns results in the exposition format of Prometheus. */
export function prometheusText(results: LiveResults): string {
  const numbers = metricsOf(results).flatMap(({ name, help, kind, values }) => {
    const full = kind === "counter" ? `${name}_total` : name;
    return [
      `# HELP ${full} ${help}`,
      `# TYPE ${full} ${kind}`,
      ...values.map(({ labels, value }) => `${full}${labelText(labels)} ${value}`),
    ];
  });
  const summaries = summariesOf(results).flatMap(({ name, help, count, sum, quantiles }) => [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} summary`,
    ...quantiles.map(({ quantile, value }) => `${name}{quantile="${quantile}"} ${value}`),
    `${name}_sum ${sum}`,
    `${name}_count ${count}`,
  ]);
  return `${[...numbers, ...summaries].join("\n")}\n`;
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const entries = Object.entries(labels).map(
    ([name, value]) => `${name}="${value.replace(/[\\"\n]/g, "_")}"`,
  );
  return entries.length === 0 ? "" : `{${entries.join(",")}}`;
}
