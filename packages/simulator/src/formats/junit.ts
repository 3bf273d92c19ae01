import type { Report } from "../statistics/report.ts";
import { summaryLines, verdictText } from "./summary.ts";

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (each) => entities[each] ?? each);
}

interface TestCase {
  readonly name: string;
  readonly failure: string | undefined;
}

/** Returns a report as JUnit XML: a test case for each threshold, and one for the faults. */
export function junitXml(report: Report): string {
  const { failures } = report.faults;
  const cases: TestCase[] = [
    { name: "faults are injected", failure: failures.length === 0 ? undefined : failures.join("\n") },
    ...report.thresholds.map((verdict) => ({
      name: verdict.metric,
      failure: verdict.passed ? undefined : verdictText(verdict),
    })),
  ];
  const seconds = (report.durationMs / 1000).toFixed(3);
  const failed = cases.filter(({ failure }) => failure !== undefined).length;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites><testsuite name="${escapeXml(report.scenario)}" tests="${cases.length}" failures="${failed}" errors="0" skipped="0" time="${seconds}" timestamp="${report.startedAt}">`,
    ...cases.map(({ name, failure }) => {
      const head = `<testcase classname="${escapeXml(report.scenario)}" name="${escapeXml(name)}" time="${seconds}"`;
      return failure === undefined
        ? `${head}/>`
        : `${head}><failure message="${escapeXml(failure)}"/></testcase>`;
    }),
    `<system-out>${escapeXml(summaryLines(report).join("\n"))}</system-out>`,
    "</testsuite></testsuites>",
    "",
  ].join("\n");
}
