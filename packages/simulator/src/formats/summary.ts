import { Histogram } from "../statistics/histogram.ts";
import type { Report } from "../statistics/report.ts";
import type { Verdict } from "../statistics/thresholds.ts";
import { integerText, millisecondsText } from "./live-line.ts";

const bytes = (count: number): string =>
  count < 1_000_000 ? `${(count / 1000).toFixed(1)} kB` : `${(count / 1_000_000).toFixed(1)} MB`;

/** Returns the lines that sum up a run. */
export function summaryLines(report: Report): string[] {
  const { counts, deliveries, faults } = report;
  const rows: [string, string][] = [
    [
      "devices",
      `${integerText(report.devices)}${report.clients > report.devices ? ` with ${integerText(report.clients - report.devices)} modules` : ""}`,
    ],
    [
      "connected",
      `${integerText(counts.connectedMax)} at most, ${integerText(report.connectedAtEnd)} at the end, ${integerText(counts.reconnections)} reconnections${counts.brokenConnections > 0 ? `, ${integerText(counts.brokenConnections)} broken by the scenario` : ""}`,
    ],
    [
      "messages",
      `${integerText(counts.sent)} sent, ${integerText(counts.acknowledged)} acknowledged, ${integerText(counts.failed)} failed`,
    ],
    ...(deliveries === undefined
      ? []
      : [
          [
            "at the hub",
            `${integerText(deliveries.held)} held, ${integerText(deliveries.lost)} lost, ${integerText(deliveries.repeated)} repeated`,
          ] satisfies [string, string],
        ]),
    ...(report.uncompared === undefined
      ? []
      : [["at the hub", `not compared: ${report.uncompared}`] satisfies [string, string]]),
    ["acknowledged in", quantiles(counts.ackMs)],
    ["connected in", quantiles(counts.connectMs)],
    [
      "traffic",
      `${bytes(counts.bytesSent)} sent, ${bytes(counts.bytesReceived)} received, ${integerText(counts.quotaUnits)} quota units`,
    ],
    [
      "calls",
      `${integerText(counts.methodCalls)} methods, ${integerText(counts.desiredPatches)} desired patches, ${integerText(counts.received)} messages received`,
    ],
    ...(counts.uploads === 0
      ? []
      : [["uploads", `${integerText(counts.uploads)} files`] satisfies [string, string]]),
    ...(faults.injected === 0
      ? []
      : [["faults", `${integerText(faults.injected)} injected`] satisfies [string, string]]),
    ...Object.entries(counts.errors).map(([code, count]): [string, string] => [
      "error",
      `${code}: ${integerText(count)}`,
    ]),
    ...faults.failures.map((failure): [string, string] => ["fault refused", failure]),
    ...(report.stopped === undefined ? [] : [["stopped", report.stopped] satisfies [string, string]]),
    ...report.thresholds.map((verdict): [string, string] => [
      verdict.passed ? "passed" : "FAILED",
      verdictText(verdict),
    ]),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`);
}

function quantiles(json: Report["counts"]["ackMs"]): string {
  const histogram = Histogram.of(json);
  if (histogram.count === 0) return "–";
  const of = (share: number): string => millisecondsText(histogram.percentile(share));
  return `p50 ${of(0.5)}, p99 ${of(0.99)}, max ${millisecondsText(histogram.max)}`;
}

/** Returns a threshold with its value: `lost must be at most 0, got 3`. */
export function verdictText({ metric, minimum, maximum, value }: Verdict): string {
  const rule = [
    ...(minimum === undefined ? [] : [`at least ${minimum}`]),
    ...(maximum === undefined ? [] : [`at most ${maximum}`]),
  ].join(" and ");
  return `${metric} must be ${rule}, got ${value === null ? "no value, because the run wasn't compared with a local hub" : Number(value.toPrecision(6))}`;
}
