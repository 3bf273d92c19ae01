import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { type MetricValue, sumOf } from "../../model/metrics.ts";
import { tiers } from "../../model/quota.ts";
import { useConsole, useRepaints } from "../../ui/context.ts";
import { Choice } from "../../ui/controls.tsx";
import { Errors, Figures, Moment, Notice } from "../../ui/parts.tsx";
import { useAction } from "../../ui/use-action.ts";

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
      <Quota />
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

const readEveryMs = 2000;

/** The metrics of the hub's process, as Prometheus reads them. */
function Metrics(): JSX.Element {
  const { hub } = useConsole();
  const read = useAction<MetricValue[]>();
  useEffect(() => {
    const load = (): void => void read.run(() => hub.metrics());
    load();
    const timer = setInterval(load, readEveryMs);
    return () => clearInterval(timer);
  }, []);
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

function Quota(): JSX.Element {
  const { hub } = useConsole();
  useRepaints();
  const tier = useSignal("s1");
  const { units, perDay, share } = hub.quota.usage(tier.value, Date.now());
  const { perDay: limit = 0, label = "" } = tiers[tier.value] ?? {};
  const hours = share > 1 ? (24 / share).toFixed(1) : undefined;
  return (
    <section class="card stack tight" aria-label="Quota">
      <div class="bar">
        <h3>Daily quota</h3>
        <Choice
          label="Tier, one unit"
          value={tier.value}
          options={Object.entries(tiers).map(([name, each]) => [name, each.label] as const)}
          onInput={(next) => {
            tier.value = next;
          }}
        />
      </div>
      <p>
        {units.toLocaleString("en")} units so far. At this rate, {perDay.toLocaleString("en")} a day:{" "}
        {(share * 100).toFixed(share < 0.1 ? 2 : 0)} % of the {limit.toLocaleString("en")} of {label}.
      </p>
      <meter class="meter" aria-label="Share of the daily quota" min={0} max={1} value={Math.min(1, share)} />
      {hours !== undefined && (
        <Notice tone="warn">
          A hub of this tier would stop accepting messages after {hours} hours. Azure closes the connections
          of devices then, without saying why.
        </Notice>
      )}
    </section>
  );
}
