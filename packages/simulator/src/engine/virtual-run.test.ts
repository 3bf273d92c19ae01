import { createMemoryHub } from "@isohub/emulator/web";
import { describe, expect, it } from "vitest";
import type { Scenario } from "../document/scenario.ts";
import type { Report } from "../statistics/report.ts";
import { runVirtually } from "./virtual-run.ts";

const hour: Scenario = {
  name: "an hour",
  seed: 9,
  groups: [
    { type: "thermostat", count: 60 },
    { type: "pump", count: 20 },
    { type: "gateway", count: 20 },
  ],
  phases: [
    { phase: "ramp", over: "1m" },
    { phase: "hold", for: "50m" },
    { phase: "storm", for: "9m" },
  ],
  faults: [{ fault: "drop", at: "20m", devices: { share: 0.5 }, afterPublishes: 2 }],
};

const run = (scenario: Scenario): Promise<Report> => runVirtually(scenario, createMemoryHub);

describe("virtual time", () => {
  it("runs an hour of 100 devices in seconds", async () => {
    const short = {
      ...hour,
      phases: [hour.phases[0], { phase: "hold", for: "4m" }] as Scenario["phases"],
      faults: [],
    };
    const report = await run(short);
    expect(report).toMatchObject({
      devices: 100,
      deliveries: { lost: 0, repeated: 0 },
      counts: { failed: 0, errors: {} },
    });
    expect(report.durationMs).toBeGreaterThanOrEqual(300_000);
  });

  it("repeats bit for bit, times included", async () => {
    const small: Scenario = {
      ...hour,
      groups: hour.groups.map((group) => ({ ...group, count: 2 })),
      phases: [
        hour.phases[0],
        { phase: "hold", for: "1m" },
        { phase: "storm", for: "1m" },
      ] as Scenario["phases"],
      faults: [
        { fault: "drop", at: "70s", devices: { share: 0.5 }, afterPublishes: 2 },
      ] satisfies Scenario["faults"],
    };
    const first = await run(small);
    expect(await run(small)).toEqual(first);
    expect(first.counts.reconnections).toBeGreaterThan(5);
    // What the scenario breaks itself isn't an error.
    const { counts, clients } = await run({ ...small, faults: [] });
    expect(counts).toMatchObject({ errors: {}, brokenConnections: clients });
    expect((await run({ ...small, seed: 10 })).counts.digest).not.toBe(first.counts.digest);
  });
});
