/** A value of the hub's metrics. */
export interface MetricValue {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Parses the metrics of a hub. @source Prometheus documentation, "Text-based format" */
export function parseMetrics(text: string): MetricValue[] {
  return text.split("\n").flatMap((line) => {
    const [, name = "", labels = "", value = ""] = /^([a-z_:][\w:]*)(?:\{(.*)\})? (\S+)$/i.exec(line) ?? [];
    if (name === "") return [];
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key = "", text = ""]) => [
      key,
      text.replace(/\\(.)/g, (_, escaped) => (escaped === "n" ? "\n" : escaped)),
    ]);
    return [{ name, labels: Object.fromEntries(pairs), value: Number(value) }];
  });
}

/** Returns the sum of the values of a metric with these labels. */
export function sumOf(
  values: readonly MetricValue[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  return values
    .filter((each) => each.name === name)
    .filter((each) => Object.entries(labels).every(([key, value]) => each.labels[key] === value))
    .reduce((sum, { value }) => sum + value, 0);
}
