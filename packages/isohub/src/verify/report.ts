import { version } from "@isohub/core/runtime";
import type { CaseResult } from "./case-run.ts";

/** The results of `isohub verify`, as in the file of `--report`. */
export interface VerifyReport {
  readonly startedAt: string;
  readonly hub: string;
  readonly versions: { readonly isohub: string; readonly node: string; readonly platform: string };
  readonly durationMs: number;
  readonly passed: number;
  readonly failed: number;
  readonly notPossible: number;
  readonly cases: readonly CaseResult[];
}

/** Adds up the results of all cases. */
export function reportOf(hub: string, startedAt: Date, cases: readonly CaseResult[]): VerifyReport {
  const count = (wanted: CaseResult["outcome"]): number =>
    cases.filter(({ outcome }) => outcome === wanted).length;
  return {
    startedAt: startedAt.toISOString(),
    hub,
    versions: {
      isohub: version,
      node: process.versions.node,
      platform: `${process.platform}-${process.arch}`,
    },
    durationMs: cases.reduce((sum, { durationMs }) => sum + durationMs, 0),
    passed: count("passed"),
    failed: count("failed"),
    notPossible: count("notPossible"),
    cases,
  };
}

const words = { passed: "passed", failed: "FAILED", notPossible: "not possible" } as const;

/** Returns the line of a case in the table. */
export function lineOf({ name, outcome, durationMs, reason }: CaseResult): string {
  const line = `  ${words[outcome].padEnd(12)}  ${String(durationMs).padStart(6)} ms  ${name}`;
  return reason === undefined ? line : `${line}: ${reason}`;
}

/** Replaces keys, and tokens signed with them, in a reason. Answers of services and errors of other packages may quote them. */
export function withoutSecrets(result: CaseResult, keys: readonly string[]): CaseResult {
  if (result.reason === undefined) return result;
  let reason = result.reason;
  for (const key of keys) {
    for (const form of [key, encodeURIComponent(key)]) reason = reason.replaceAll(form, "…");
  }
  reason = reason.replace(/(sig=|Signature=|Key=)[^&;\s"]+/gi, "$1…");
  return { ...result, reason };
}
