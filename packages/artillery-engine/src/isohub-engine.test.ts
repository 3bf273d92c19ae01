import { mkdtempSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Emulator, startEmulator } from "@isohub/emulator";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ArtilleryEvents, ArtilleryUtilities } from "./artillery.ts";
import { IsohubEngine } from "./isohub-engine.ts";

const folder = mkdtempSync(join(tmpdir(), "isohub-artillery-"));
const file = join(folder, "fleet.json");
let emulator: Emulator;

beforeAll(async () => {
  emulator = await startEmulator();
  const scenario = {
    types: { sensor: { fields: { n: { generator: "counter" } }, messages: [{ every: "100ms" }] } },
    groups: [{ type: "sensor", count: 5 }],
    phases: [
      { phase: "ramp", over: "100ms" },
      { phase: "hold", for: "1h" },
      { phase: "drain", within: "2m" },
    ],
  };
  await writeFile(file, JSON.stringify(scenario));
});
afterAll(async () => {
  await emulator.close();
  rmSync(folder, { recursive: true });
});

/** Adds up metrics as Artillery does. */
class Metrics implements ArtilleryEvents {
  readonly counters: Record<string, number> = {};
  readonly histograms: Record<string, number[]> = {};
  readonly errors: string[] = [];
  emit(event: string, name = "", value = 1): void {
    if (event === "counter") this.counters[name] = (this.counters[name] ?? 0) + value;
    if (event === "histogram") this.histograms[name] = [...(this.histograms[name] ?? []), value];
    if (event === "error") this.errors.push(name);
  }
}

const utilities: ArtilleryUtilities = { template: (value) => value };

/** Runs virtual users to their ends. @returns their errors */
async function runUsers(
  step: object,
  metrics: Metrics,
  phases: object[] = [{ arrivalCount: 2 }],
): Promise<unknown[]> {
  const config = { target: emulator.endpoints.controlUrl, phases };
  const user = new IsohubEngine({ config }, undefined, utilities).createScenario(
    { flow: [{ simulate: step }] },
    metrics,
  );
  const run = async (): Promise<unknown> => {
    let outcome: unknown;
    await user({}, (error) => {
      outcome = error;
    });
    return outcome;
  };
  return Promise.all([run(), run()]);
}

describe("the engine", () => {
  it("runs a fleet as the parts of two virtual users, and counts what it does", async () => {
    const metrics = new Metrics();
    expect(await runUsers({ scenario: file, for: "1s" }, metrics)).toEqual([null, null]);
    const { counters, histograms, errors } = metrics;
    expect(errors).toEqual([]);
    expect(counters).toMatchObject({ "isohub.connections": 5, "isohub.failed": 0, "isohub.lost": 0 });
    const sent = counters["isohub.sent"] ?? 0;
    expect(sent).toBeGreaterThan(30);
    expect(counters).toMatchObject({ "isohub.acknowledged": sent, "isohub.held": sent });
    expect(histograms["isohub.ack_ms"]).toHaveLength(sent);
    expect(await emulator.listDevices()).toHaveLength(5);
  });

  it("fails a virtual user whose scenario isn't valid", async () => {
    const metrics = new Metrics();
    await writeFile(join(folder, "bad.json"), '{"groups":[{"type":"pump","count":0}],"phases":[]}');
    const [error] = await runUsers({ scenario: join(folder, "bad.json") }, metrics);
    expect(error).toMatchObject({
      message: expect.stringMatching(/^groups\[0\]\.count must be an integer from 1 to 1000000, got 0\n/),
    });
    expect(metrics.errors[0]).toMatch(/^invalid_argument: groups\[0\]\.count/);
  });

  it.each<[string, object, RegExp]>([
    ["no scenario", {}, /^simulate\.scenario must be the path of a file, got nothing$/],
    ["a missing file", { scenario: "none.json" }, /^The scenario must be a file that can be read: ENOENT/],
    [
      "no devices",
      { scenario: "a", devices: 0 },
      /^simulate\.devices must be an integer from 1 to 1000000, got 0$/,
    ],
    [
      "no unit",
      { scenario: "a", for: 5 },
      /^simulate\.for must be a duration such as 500ms, 5s, 2m or 1h, got 5$/,
    ],
    [
      "no part",
      { scenario: "a", shard: "3/3" },
      /^simulate\.shard must be i\/n with i from 0 to n - 1, got '3\/3'$/,
    ],
    [
      "no tier",
      { scenario: "a", connectRate: "s9" },
      /^simulate\.connectRate must be a number greater than 0 or a tier/,
    ],
  ])("fails a virtual user with %s", async (_title, step, message) => {
    const [error] = await runUsers(step, new Metrics());
    expect(error).toMatchObject({ code: "invalid_argument", message: expect.stringMatching(message) });
  });

  it("rejects scripts whose parts it can't number", async () => {
    const rated = runUsers({ scenario: file }, new Metrics(), [{ arrivalRate: 5 }]);
    await expect(rated).rejects.toThrow(
      "config.phases[0] must be a phase with arrivalCount, because each virtual user is a numbered part of the fleet, got one with an arrival rate",
    );
    const engine = new IsohubEngine({ config: {} }, undefined, utilities);
    expect(() => engine.createScenario({ flow: [{ think: 1 }] }, new Metrics())).toThrow(
      "flow must be one step `simulate`, got 1 steps: think",
    );
    expect(() => engine.createScenario({ flow: [{ simulate: { count: 1 } }] }, new Metrics())).toThrow(
      "Each property of simulate must be one of scenario, devices, for, connectRate, shard, got 'count'",
    );
  });
});
