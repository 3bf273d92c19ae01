import { ArgumentError } from "@isohub/core";
import type { Threshold } from "../document/scenario.ts";
import type { Deliveries } from "./delivery-ledger.ts";
import { addDigests, digestText, parseDigest } from "./digest.ts";
import type { Findings } from "./findings.ts";
import { Histogram } from "./histogram.ts";
import { completeReport, type Report } from "./report.ts";
import type { Counts } from "./statistics.ts";

/**
 * Adds up the reports of shards. The result is the report that one process would have written, histograms included, but for times.
 *
 * @param reports - at least one, all of the same scenario and seed, and of different shards
 * @throws {ArgumentError} `invalid_argument`
 */
export function mergeReports(reports: readonly Report[]): Report {
  const [first] = reports;
  if (first === undefined)
    throw new ArgumentError(
      "invalid_argument",
      "reports must be an array of at least 1 report, got an empty array",
    );
  const names = new Set<string>();
  const total = first.shards[0]?.count ?? 1;
  for (const { scenario, seed, shards } of reports) {
    if (scenario !== first.scenario || seed !== first.seed)
      throw new ArgumentError(
        "invalid_argument",
        `Each report must be of the scenario '${first.scenario}' with the seed ${first.seed}, got '${scenario}' with ${seed}`,
      );
    for (const { index, count } of shards) {
      const name = `${index}/${count}`;
      if (names.has(name))
        throw new ArgumentError(
          "invalid_argument",
          `Each report must be of another shard, got ${name} twice`,
        );
      if (count !== total)
        throw new ArgumentError(
          "invalid_argument",
          `Each report must be of one of ${total} shards, got the shard ${name}`,
        );
      names.add(name);
    }
  }
  if (names.size < total)
    throw new ArgumentError(
      "invalid_argument",
      `reports must be those of all ${total} shards, got ${[...names].sort().join(", ")}`,
    );
  return completeReport(mergeFindings(first, reports), first.thresholds.map(withoutVerdict));
}

/** Adds up the findings of the parts of a run. */
export function mergeFindings(first: Findings, parts: readonly Findings[]): Findings {
  const sum = (of: (part: Findings) => number): number => parts.reduce((total, part) => total + of(part), 0);
  const deliveries = parts
    .map((part) => part.deliveries)
    .filter((each): each is Deliveries => each !== undefined);
  const stopped = parts.find((part) => part.stopped !== undefined)?.stopped;
  const uncompared = parts.find((part) => part.uncompared !== undefined)?.uncompared;
  const starts = parts.map(({ startedAt }) => startedAt).sort();
  return {
    scenario: first.scenario,
    seed: first.seed,
    shards: parts.flatMap(({ shards }) => shards),
    startedAt: starts[0] ?? first.startedAt,
    durationMs: Math.max(...parts.map(({ durationMs }) => durationMs)),
    devices: sum(({ devices }) => devices),
    clients: sum(({ clients }) => clients),
    connectedAtEnd: sum(({ connectedAtEnd }) => connectedAtEnd),
    counts: mergeCounts(parts.map(({ counts }) => counts)),
    faults: {
      injected: sum(({ faults }) => faults.injected),
      failures: parts.flatMap(({ faults }) => faults.failures),
    },
    ...(deliveries.length < parts.length ? {} : { deliveries: mergeDeliveries(deliveries) }),
    ...(uncompared === undefined ? {} : { uncompared }),
    ...(stopped === undefined ? {} : { stopped }),
  };
}

/** Adds up comparisons with the local hub. */
export function mergeDeliveries(deliveries: readonly Deliveries[]): Deliveries {
  return addNumbers(deliveries);
}

/** Adds up counts. */
export function mergeCounts(counts: readonly Counts[]): Counts {
  const errors: Record<string, number> = {};
  for (const each of counts)
    for (const [code, count] of Object.entries(each.errors)) errors[code] = (errors[code] ?? 0) + count;
  const numbers = counts.map(
    ({ errors: _errors, ackMs: _ackMs, connectMs: _connectMs, digest: _digest, ...rest }) => rest,
  );
  return {
    ...addNumbers(numbers),
    errors: Object.fromEntries(Object.entries(errors).sort()),
    ackMs: Histogram.of(...counts.map(({ ackMs }) => ackMs)).toJSON(),
    connectMs: Histogram.of(...counts.map(({ connectMs }) => connectMs)).toJSON(),
    digest: digestText(addDigests(...counts.map(({ digest }) => parseDigest(digest)))),
  };
}

/** Adds up objects of numbers, name by name. */
function addNumbers<Numbers extends object>(objects: readonly Numbers[]): Numbers {
  const [first] = objects;
  const names = Object.keys(first ?? {}) as (keyof Numbers)[];
  const add = (name: keyof Numbers): number => objects.reduce((total, each) => total + Number(each[name]), 0);
  return Object.fromEntries(names.map((name) => [name, add(name)])) as Numbers;
}

function withoutVerdict({
  value: _value,
  passed: _passed,
  ...threshold
}: Report["thresholds"][number]): Threshold {
  return threshold;
}
