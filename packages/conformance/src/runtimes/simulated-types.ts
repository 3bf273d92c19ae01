import { createControlClient } from "@isohub/emulator/control-client";
import { localHub, readyTypes, type Scenario, Simulation, type SimulatorPlatform } from "@isohub/simulator";
import { expect, inject, it } from "vitest";
import { freshId } from "../device.ts";

/** Every ready type of a device. Those of modules run in the gateway. */
const types = Object.entries(readyTypes).filter(([name]) => !name.endsWith("Module"));

const waiting = { timeout: 60_000 };

/** Declares the test that a device of each ready type runs on this runtime: it sends, reports its properties, and uploads files. */
export function testSimulatedTypes(platform: SimulatorPlatform): void {
  it("a device of each ready type of the simulator runs", async () => {
    const hub = localHub(createControlClient(inject("hub").controlUrl));
    const fleet = freshId("fleet");
    const scenario: Scenario = {
      types: Object.fromEntries(
        types.map(([name, type]) => [
          name,
          {
            ...type,
            messages: (type.messages ?? []).map((message) => ({ ...message, every: "150ms" })),
            ...(type.uploads === undefined ? {} : { uploads: { ...type.uploads, every: "1s" } }),
          },
        ]),
      ),
      groups: types.map(([name]) => ({ name, type: name, count: 1, id: `${fleet}-${name}` })),
      phases: [
        { phase: "ramp", over: "500ms" },
        { phase: "storm", for: "500ms" },
        { phase: "hold", for: "1h" },
      ],
      thresholds: [
        { metric: "lost", maximum: 0 },
        { metric: "failed", maximum: 0 },
      ],
    };
    const acknowledged = new Map(types.map(([name]) => [name, 0]));
    const simulation = new Simulation(scenario, platform, {
      hub,
      observers: [
        {
          onAcknowledged: ({ identity }) =>
            acknowledged.set(identity.groupName, (acknowledged.get(identity.groupName) ?? 0) + 1),
        },
      ],
    });
    const desired = types.filter(([, { desired }]) => desired !== undefined).length + 1;
    const report = simulation.run();
    try {
      // However long that takes on this machine.
      await expect.poll(() => Math.min(...acknowledged.values()), waiting).toBeGreaterThan(2);
      await expect.poll(() => simulation.counts().desiredPatches, waiting).toBe(desired);
      await expect.poll(() => simulation.counts().uploads, waiting).toBeGreaterThan(1);
    } finally {
      simulation.stop("enough");
    }
    const { thresholds, counts } = await report;
    expect(thresholds).toEqual(thresholds.map((verdict) => ({ ...verdict, passed: true })));
    expect(counts.desiredPatches).toBe(desired);
  });
}
