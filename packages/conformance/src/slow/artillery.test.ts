// The engine for Artillery in Artillery itself, with the example of its README.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, inject, it } from "vitest";
import { hostPath } from "../../../../scripts/lib/hosts.mjs";
import { root } from "../files.ts";
import { runProgram } from "../program.ts";
import { tool, toolProject } from "./tool-project.ts";

const example = (name: string): Promise<string> => readFile(join(root, "examples/simulator", name), "utf8");

/** Runs a script of Artillery against the hub of the tests. @returns the exit code, the output, and the report */
async function artillery(
  script: string,
  scenario: string,
): Promise<{ code: number; output: string; counters: Record<string, number> }> {
  const project = await toolProject({ "artillery.yml": script, "load.json": scenario });
  const report = join(project, "report.json");
  const args = ["run", "artillery.yml", "--target", inject("hub").controlUrl, "--output", report];
  const { code, output } = await runProgram(hostPath("node-newest"), [tool("artillery/bin/run"), ...args], {
    cwd: project,
    env: { NODE_OPTIONS: "", CI: "1", ARTILLERY_DISABLE_TELEMETRY: "true" },
  });
  return { code, output, counters: JSON.parse(await readFile(report, "utf8")).aggregate.counters };
}

describe("Load tests: Artillery", () => {
  it("`artillery-engine-isohub`: runs a fleet in two virtual users, and loses nothing", async () => {
    const script = (await example("artillery.yml"))
      .replace("for: 30s", "for: 5s\n          devices: 40")
      // The machine of a test may be busy.
      .replace("p99: 2000", "p99: 60000");
    const { code, output, counters } = await artillery(script, await example("load.json"));
    expect(code, output).toBe(0);
    expect(output).toContain("ok: isohub.lost == 0");
    const sent = counters["isohub.sent"] ?? 0;
    expect(sent).toBeGreaterThan(20);
    expect(counters).toMatchObject({
      "vusers.created": 2,
      "vusers.completed": 2,
      "isohub.acknowledged": sent,
      "isohub.held": sent,
      "isohub.lost": 0,
    });
  });

  it("`artillery-engine-isohub`: a scenario that isn't valid fails the run, and connects nothing", async () => {
    const bad = JSON.stringify({ ...JSON.parse(await example("load.json")), groups: [] });
    const { code, output, counters } = await artillery(await example("artillery.yml"), bad);
    expect(code, output).toBe(1);
    // Artillery shortens what it prints.
    expect(output).toMatch(/groups must be an array of at least 1 item, got an/);
    expect(counters["isohub.connections"]).toBeUndefined();
  });
});
