import type { Hub } from "../hub/hub.ts";

/** The state of a hub that the routes report. */
export interface HubStatus {
  readonly name: string;
  readonly hub: Hub;
  /** Whether the hub has its seed and listens. */
  isReady(): boolean;
}

interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge";
  /** The values by their labels, such as `transport="tls"`. */
  readonly values: readonly (readonly [labels: string, value: number])[];
}

/**
 * Returns the metrics of a hub in the format of Prometheus. The hub counts them in any case, so they slow nothing down.
 *
 * @source Prometheus documentation, "Text-based format"
 */
export function metricsOf({ name, hub, isReady }: HubStatus, version: string): string {
  const { registry, sessions, telemetry, events } = hub;
  const identities = registry.list();
  const modules = identities.filter(({ moduleId }) => moduleId !== undefined).length;
  const transports = new Map<string, number>();
  for (const { live, connection } of sessions.list()) {
    if (live) transports.set(connection.transport, (transports.get(connection.transport) ?? 0) + 1);
  }
  const { rss } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  const logs = telemetry.partitions.map(({ log }) => log);
  const metrics: readonly Metric[] = [
    gauge("isohub_info", "The version of the emulator", [[label("version", version), 1]]),
    gauge("isohub_ready", "Whether the hub has its seed and listens", [["", isReady() ? 1 : 0]]),
    gauge("isohub_identities", "Registered devices and modules", [
      [label("kind", "device"), identities.length - modules],
      [label("kind", "module"), modules],
    ]),
    gauge("isohub_connections", "Connected devices and modules", withLabel("transport", transports)),
    counter("isohub_telemetry_messages_total", "Telemetry messages received since the state began", [
      ["", logs.reduce((sum, { last }) => sum + last, 0)],
    ]),
    gauge("isohub_telemetry_messages_kept", "Telemetry messages that readers can read", [
      ["", logs.reduce((sum, { size }) => sum + size, 0)],
    ]),
    counter("isohub_events_total", "Events since the start, by type", withLabel("type", events.counts)),
    gauge("process_resident_memory_bytes", "Resident memory of the process", [["", rss]]),
    counter("process_cpu_seconds_total", "CPU time of the process", [["", (user + system) / 1e6]]),
  ];
  return metrics.map((metric) => textOf(metric, label("hub", name))).join("");
}

function gauge(name: string, help: string, values: Metric["values"]): Metric {
  return { name, help, type: "gauge", values };
}

function counter(name: string, help: string, values: Metric["values"]): Metric {
  return { name, help, type: "counter", values };
}

function withLabel(name: string, counts: ReadonlyMap<string, number>): Metric["values"] {
  return Array.from(counts, ([value, count]) => [label(name, value), count] as const);
}

function textOf({ name, help, type, values }: Metric, hub: string): string {
  const isOfProcess = name.startsWith("process_");
  const lines = values.map(([labels, value]) => {
    const all = [isOfProcess ? "" : hub, labels].filter((each) => each !== "").join(",");
    return `${name}${all === "" ? "" : `{${all}}`} ${value}`;
  });
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.map((line) => `${line}\n`).join("")}`;
}

function label(name: string, value: string): string {
  return `${name}="${value.replace(/["\\]/g, "\\$&").replaceAll("\n", "\\n")}"`;
}
