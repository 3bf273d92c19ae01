import { readFileSync } from "node:fs";

/** Lines of a message that are repeated at the end of a run. */
const messageLines = 12;
const logLines = 20;

/**
 * Describes what failed in a step, for the end of a run: a log that is cut in its middle still names it.
 *
 * @param {string} name - of the step
 * @param {{ report?: object, log?: string }} found - the JSON report of its tests, if there is one, and all of its output
 * @returns {string}
 */
export function describeFailure(name, { report, log = "" }) {
  const tests = failedTests(report);
  const details = tests.length > 0 ? tests : [lastLines(log, logLines)];
  return [`failed: ${name}`, ...details.map((text) => indent(text))].join("\n");
}

/** Reads the report of a step's tests. @param {string} file @returns {object | undefined} nothing if they ended before it */
export function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

function failedTests(report) {
  return (report?.testResults ?? []).flatMap(({ name, status, message, assertionResults = [] }) => {
    const failed = assertionResults.filter((test) => test.status === "failed");
    // A file that can't be loaded fails without a test.
    if (failed.length === 0) return status === "failed" ? [`${name}\n${firstLines(message ?? "")}`] : [];
    return failed.map(({ fullName, failureMessages = [] }) =>
      [`${name}: ${fullName}`, ...failureMessages.map(firstLines)].join("\n"),
    );
  });
}

const firstLines = (text) => text.split("\n").slice(0, messageLines).join("\n");
const lastLines = (text, count) => text.trim().split("\n").slice(-count).join("\n");
const indent = (text) => text.replaceAll(/^/gm, "  ");
