import type { Scenario } from "../document/scenario.ts";
import type { Findings } from "./findings.ts";
import { judge, type Verdict } from "./thresholds.ts";

/** The result of a run, or of one shard of it. JSON, and what `mergeReports` adds up. */
export interface Report extends Findings {
  readonly thresholds: readonly Verdict[];
  /** Whether every threshold is met, and every fault was injected. */
  readonly passed: boolean;
}

/** Completes a report: compares it with the thresholds. */
export function completeReport(findings: Findings, thresholds: Scenario["thresholds"] = []): Report {
  const verdicts = judge(findings, thresholds);
  return {
    ...findings,
    thresholds: verdicts,
    passed: findings.faults.failures.length === 0 && verdicts.every(({ passed }) => passed),
  };
}
