import { expect, it } from "vitest";
import { describeFailure } from "./failures.mjs";

it("names each failed test with the beginning of its message", () => {
  const report = {
    testResults: [
      {
        name: "twin.test.ts",
        status: "failed",
        assertionResults: [
          { fullName: "twin reads", status: "passed", failureMessages: [] },
          {
            fullName: "twin patches",
            status: "failed",
            failureMessages: [`expected 1 to be 2\n${"at\n".repeat(50)}`],
          },
        ],
      },
    ],
  };
  const text = describeFailure("unit", { report, log: "other output" });
  expect(text).toContain("failed: unit\n  twin.test.ts: twin patches\n  expected 1 to be 2\n");
  expect(text.split("\n")).toHaveLength(14);
  expect(text).not.toContain("twin reads");
});

it("names a file that can't be loaded", () => {
  const report = {
    testResults: [{ name: "twin.test.ts", status: "failed", message: "no module", assertionResults: [] }],
  };
  expect(describeFailure("unit", { report })).toBe("failed: unit\n  twin.test.ts\n  no module");
});

it("repeats the last lines of the output if no test has failed", () => {
  const log = Array.from({ length: 100 }, (_, line) => `line ${line}`).join("\n");
  const lines = describeFailure("lint", { log }).split("\n");
  expect(lines).toEqual(["failed: lint", ...Array.from({ length: 20 }, (_, line) => `  line ${80 + line}`)]);
});
