import type { JSX } from "preact";
import { type MetricValue, sumOf } from "../../model/hub/metrics.ts";
import { useConsole, useRepaints } from "../../ui/context.ts";
import { Errors, Figures, Moment } from "../../ui/parts.tsx";
import { usePolled } from "../../ui/use-polled.ts";
import { QuotaView } from "./quota-view.tsx";

/** The events of the hub, counts of them, and the use of the daily quota. */
export function ActivityView(): JSX.Element {
  const { hub } = useConsole();
  useRepaints();
  const count = (type: string): number => hub.eventCounts.get(type) ?? 0;
  return (
    <div class="stack">
      <Figures
        values={[
          ["Connected", hub.sessions.value.length],
          ["Telemetry", count("telemetry")],
          ["Connections", count("deviceConnected")],
          ["Disconnections", count("deviceDisconnected")],
          ["Refused", count("connectionRefused")],
          ["Method calls", count("methodInvoked")],
          ["Messages to devices", count("c2dEnqueued")],
          ["Twin updates", count("twinReported") + count("twinDesired")],
        ]}
      />
      {!hub.isInPage && <Metrics />}
      <QuotaView />
      <section class="card stack tight" aria-label="Events">
        <h3>Latest events</h3>
        {hub.events.values.length === 0 && <p class="soft">Nothing has happened since the page opened.</p>}
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: keyboards scroll it */}
        <ol class="log" tabIndex={0} aria-label="Events of the hub">
          {hub.events.values
            .slice(-100)
            .reverse()
            .map(({ at, type, deviceId, ...details }, index) => (
              <li key={`${at} ${type} ${index}`}>
                <Moment at={at} />
                <span>
                  <strong>{type}</strong> {deviceId} <span class="soft small">{textOf(details)}</span>
                </span>
              </li>
            ))}
        </ol>
      </section>
    </div>
  );
}

const textOf = (details: object): string =>
  Object.entries(details)
    .map(([name, value]) => `${name} ${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(" · ")
    .slice(0, 300);

/** The metrics of the hub's process, as Prometheus reads them. */
function Metrics(): JSX.Element {
  const { hub } = useConsole();
  const read = usePolled<MetricValue[]>(() => hub.metrics());
  const values = read.result.value ?? [];
  const sum = (name: string, labels?: Readonly<Record<string, string>>): string =>
    Math.round(sumOf(values, name, labels)).toLocaleString("en");
  const transports = values
    .filter(({ name }) => name === "isohub_connections")
    .map(({ labels, value }) => `${value} over ${labels["transport"]}`);
  return (
    <section class="card stack tight" aria-label="Metrics">
      <div class="bar">
        <h3>Metrics of the hub</h3>
        <a class="link" href="/metrics" target="_blank" rel="noreferrer">
          /metrics for Prometheus
        </a>
      </div>
      <Errors of={[read]} />
      {values.length > 0 && (
        <Figures
          values={[
            ["Devices", sum("isohub_identities", { kind: "device" })],
            ["Modules", sum("isohub_identities", { kind: "module" })],
            ["Telemetry received", sum("isohub_telemetry_messages_total")],
            ["Telemetry kept", sum("isohub_telemetry_messages_kept")],
            ["Memory", `${(sumOf(values, "process_resident_memory_bytes") / 1e6).toFixed(0)} MB`],
            ["CPU time", `${sumOf(values, "process_cpu_seconds_total").toFixed(1)} s`],
          ]}
        />
      )}
      <p class="soft small">
        {transports.length === 0 ? "No connections." : `Connections: ${transports.join(", ")}.`}
      </p>
    </section>
  );
}
