import type { Deliveries } from "../statistics/delivery-ledger.ts";
import { Histogram, type HistogramJson } from "../statistics/histogram.ts";
import type { Counts } from "../statistics/statistics.ts";
import type { LiveResults } from "./live-line.ts";

/** A number of a run, for monitoring systems. */
export interface Metric {
  /** As in Prometheus: `isohub_simulator_sent`, without a suffix. */
  readonly name: string;
  readonly help: string;
  readonly kind: "counter" | "gauge";
  /** The values by their labels. */
  readonly values: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
}

/** A distribution of a run. */
export interface Summary {
  readonly name: string;
  readonly help: string;
  readonly count: number;
  readonly sum: number;
  readonly quantiles: readonly { readonly quantile: number; readonly value: number }[];
}

type CountName = Exclude<
  { [Name in keyof Counts]: Counts[Name] extends number ? Name : never }[keyof Counts],
  undefined
>;

const counters: Readonly<Partial<Record<CountName, string>>> = {
  reconnections: "Connections after the first of each device",
  brokenConnections: "Connections that the scenario broke",
  sent: "Messages sent",
  acknowledged: "Messages acknowledged",
  failed: "Messages that their devices gave up on",
  methodCalls: "Method calls answered",
  desiredPatches: "Patches of desired properties",
  reportedPatches: "Patches of reported properties",
  received: "Messages received",
  uploads: "Files uploaded",
  bytesSent: "Bytes of MQTT packets sent",
  bytesReceived: "Bytes of MQTT packets received",
  quotaUnits: "Messages as the quota of a hub counts them",
};

const gauges: Readonly<Partial<Record<CountName, string>>> = {
  connected: "Devices and modules that are connected",
  pending: "Messages in flight",
};

const held: Readonly<Record<keyof Deliveries, string>> = {
  held: "Messages that the local hub holds",
  lost: "Messages that were acknowledged, and that the local hub doesn't hold",
  heldUnacknowledged: "Messages that the local hub holds, and that weren't acknowledged",
  repeated: "Additional copies of messages at the local hub",
};

const prefix = "isohub_simulator_";
const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Lists the numbers of a run. */
export function metricsOf({ counts, deliveries }: LiveResults): Metric[] {
  const of = (kind: Metric["kind"], name: string, help: string, value: number): Metric => ({
    name: `${prefix}${snake(name)}`,
    help,
    kind,
    values: [{ labels: {}, value }],
  });
  const fromTable = (kind: Metric["kind"], table: typeof counters): Metric[] =>
    Object.entries(table).map(([name, help]) => of(kind, name, help, counts[name as CountName]));
  const ofHub = Object.entries(deliveries ?? {}).map(([name, value]) =>
    of("gauge", name, held[name as keyof Deliveries], value),
  );
  const errors = Object.entries(counts.errors).map(([code, value]) => ({ labels: { code }, value }));
  return [
    ...fromTable("counter", counters),
    ...fromTable("gauge", gauges),
    ...ofHub,
    { name: `${prefix}errors`, help: "Errors by code", kind: "counter", values: errors },
  ];
}

/** Lists the distributions of a run, in milliseconds. */
export function summariesOf({ counts }: LiveResults): Summary[] {
  const of = (name: string, help: string, json: HistogramJson): Summary => {
    const histogram = Histogram.of(json);
    const quantiles = [0.5, 0.9, 0.99, 1].map((quantile) => ({
      quantile,
      value: histogram.percentile(quantile),
    }));
    return { name: `${prefix}${name}`, help, count: json.count, sum: json.sum, quantiles };
  };
  return [
    of("ack_milliseconds", "Time from sending a message to its acknowledgement", counts.ackMs),
    of(
      "connect_milliseconds",
      "Time from beginning to connect until the hub has accepted the device",
      counts.connectMs,
    ),
  ];
}
