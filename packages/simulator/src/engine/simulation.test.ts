import { type Emulator, startEmulator } from "@isohub/emulator";
import { createMemoryHub } from "@isohub/emulator/web";
import * as isohub from "@isohub/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Scenario } from "../document/scenario.ts";
import { localHub } from "../hub/local-hub.ts";
import { mergeReports } from "../statistics/merge.ts";
import type { Report } from "../statistics/report.ts";
import { readyTypes } from "../types/ready-types.ts";
import type { SimulatorPlatform } from "./platform.ts";
import type { SimulatedDevice } from "./simulated-device.ts";
import { Simulation, type SimulationOptions } from "./simulation.ts";
import { runVirtually } from "./virtual-run.ts";

const platform: SimulatorPlatform = { ...isohub, engine: isohub.leanEngine };

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ telemetryLimit: 100_000 });
});
afterAll(() => emulator.close());

const quick: Scenario = {
  name: "quick",
  seed: 3,
  types: {
    sensor: {
      fields: {
        value: { generator: "randomWalk", start: 20, step: 1, decimals: 2 },
        count: { generator: "counter" },
      },
      messages: [{ every: "100ms", properties: { high: "=value > 20" } }],
    },
  },
  groups: [{ type: "sensor", count: 6 }],
  phases: [
    { phase: "ramp", over: "200ms" },
    { phase: "hold", for: "1s" },
    // It ends with the last acknowledgement: the bound is for a hub that hangs.
    { phase: "drain", within: "2m" },
  ],
};

/** Runs until it is stopped. */
const endless: Scenario = {
  ...quick,
  phases: [
    { phase: "ramp", over: "200ms" },
    { phase: "hold", for: "1h" },
    { phase: "drain", within: "2m" },
  ],
};

let fleets = 0;

/** Returns a scenario with device ids that no other run has, or with the given prefix. */
function withIds(scenario: Scenario, prefix = `f${++fleets}`): Scenario {
  const groups = scenario.groups.map((group) => ({
    ...group,
    id: `${prefix}-${group.name ?? group.type}-{n}`,
  }));
  return { ...scenario, groups };
}

/** Runs a scenario to its end. */
function run(scenario: Scenario, options: SimulationOptions = {}, prefix?: string): Promise<Report> {
  return new Simulation(withIds(scenario, prefix), platform, { hub: localHub(emulator), ...options }).run();
}

/** Runs a scenario until everything that is awaited has happened, however long that takes on this machine. */
async function runUntil(
  awaited: (simulation: Simulation) => Promise<unknown>,
  scenario: Scenario,
  prefix?: string,
): Promise<Report> {
  const simulation = new Simulation(withIds(scenario, prefix), platform, { hub: localHub(emulator) });
  const report = simulation.run();
  try {
    await awaited(simulation);
  } finally {
    simulation.stop("enough");
  }
  return report;
}

/** Everything in a report that doesn't depend on how fast the machine and the hub are. */
const outcome = ({ devices, clients, passed, deliveries, faults, counts }: Report): object => {
  const { sent, acknowledged, failed, pending, uploads, quotaUnits, digest, ackMs } = counts;
  const messages = { sent, acknowledged, failed, pending, uploads, quotaUnits, digest, ackMs: ackMs.count };
  return { devices, clients, passed, deliveries, faults, messages };
};

const withoutTimes = ({
  startedAt: _startedAt,
  durationMs: _durationMs,
  counts,
  ...report
}: Report): object => {
  const { ackMs, connectMs, bytesReceived: _in, bytesSent: _out, ...rest } = counts;
  return { ...report, counts: { ...rest, ackMs: ackMs.count, connectMs: connectMs.count } };
};

describe("a simulation", () => {
  it("connects, sends and compares both ends", async () => {
    const report = await runUntil(
      async (simulation) => {
        await expect.poll(() => simulation.counts()).toMatchObject({ connected: 6 });
        await expect.poll(() => simulation.counts().sent).toBeGreaterThan(50);
      },
      {
        ...endless,
        thresholds: [
          { metric: "lost", maximum: 0 },
          { metric: "acknowledgedShare", minimum: 1 },
        ],
      },
    );
    expect(report).toMatchObject({ devices: 6, clients: 6, connectedAtEnd: 6, passed: true });
    expect(report.counts).toMatchObject({ connected: 0, connectedMax: 6, failed: 0, pending: 0, errors: {} });
    expect(report.counts.sent).toBeGreaterThan(50);
    expect(report.deliveries).toEqual({
      held: report.counts.sent,
      lost: 0,
      heldUnacknowledged: 0,
      repeated: 0,
    });
    expect(report.counts.bytesSent).toBeGreaterThan(report.counts.sent * 50);
  });

  it("doesn't count messages as lost that the hub dropped before they could be read", async () => {
    const hub = createMemoryHub({ telemetryLimit: 2 });
    const report = await new Simulation(quick, hub, { hub: localHub(hub) }).run();
    await hub.close();
    expect(report.counts.acknowledged).toBe(report.counts.sent);
    expect(report.deliveries).toBeUndefined();
    expect(report.uncompared).toMatch(
      /^the hub dropped \d+ messages before they could be read; start it with a larger telemetryLimit$/,
    );
  });

  it("sends the same messages with the same seed, and others with another", async () => {
    const first = await run(quick, {}, "same");
    expect(outcome(await run(quick, {}, "same"))).toEqual(outcome(first));
    expect(first.counts.acknowledged).toBe(first.counts.sent);
    const other = await run({ ...quick, seed: 4 }, {}, "same");
    expect(other.counts.digest).not.toBe(first.counts.digest);
  });

  it("sends the same messages in virtual time", async () => {
    const virtual = await runVirtually(withIds(quick, "virtual"), createMemoryHub);
    expect(virtual).toMatchObject({
      connectedAtEnd: 6,
      counts: { connectedMax: 6, reconnections: 0, errors: {} },
    });
    expect(outcome(virtual)).toEqual(outcome(await run(quick, {}, "virtual")));
  });

  it("sends as three shards exactly what one process sends", async () => {
    const whole = await run(quick, {}, "shards");
    const shards = await Promise.all(
      [0, 1, 2].map((index) => run(quick, { shard: { index, count: 3 } }, "shards")),
    );
    const merged = mergeReports(shards);
    expect(outcome(merged)).toEqual(outcome(whole));
  });

  it("reports of three shards together what one process reports, in virtual time", async () => {
    const virtually = (options: Pick<SimulationOptions, "shard"> = {}): Promise<Report> =>
      runVirtually(withIds(quick, "shards"), createMemoryHub, options);
    const whole = await virtually();
    const shards = await Promise.all([0, 1, 2].map((index) => virtually({ shard: { index, count: 3 } })));
    const merged = mergeReports(shards);
    expect({ ...withoutTimes(merged), shards: [] }).toEqual({ ...withoutTimes(whole), shards: [] });
  });

  it.each(Object.entries(readyTypes).filter(([name]) => !name.endsWith("Module") && name !== "camera"))(
    "runs the ready type %s",
    async (name, type) => {
      const hasty = {
        ...type,
        messages: (type.messages ?? []).map((message) => ({ ...message, every: "80ms" })),
      };
      const report = await runUntil(
        async (simulation) => {
          await expect.poll(() => simulation.counts().acknowledged).toBeGreaterThan(10);
          if (type.desired !== undefined)
            await expect.poll(() => simulation.counts().desiredPatches).toBeGreaterThanOrEqual(2);
        },
        { ...endless, types: { hasty }, groups: [{ name, type: "hasty", count: 2 }] },
      );
      expect(report.counts).toMatchObject({ failed: 0, errors: {} });
      expect(report.deliveries?.lost).toBe(0);
      expect(report.counts.acknowledged).toBeGreaterThan(10);
      if (type.desired !== undefined) expect(report.counts.desiredPatches).toBe(2);
    },
  );

  it("reads desired properties, reports them and computes with them", async () => {
    await emulator.createDevice("warm-thermostat-1");
    await emulator.patchDesired("warm-thermostat-1", { targetTemperature: 30 });
    const type = { ...readyTypes["thermostat"], messages: [{ every: "100ms" }] };
    const reported = async (): Promise<unknown> =>
      (await emulator.getTwin("warm-thermostat-1")).properties.reported;
    const lastTemperature = (): unknown => {
      const [last] = emulator.telemetry("warm-thermostat-1").slice(-1);
      return last && JSON.parse(new TextDecoder().decode(last.body)).temperature;
    };
    await runUntil(
      async () => {
        await expect
          .poll(reported)
          .toMatchObject({ firmware: "1.4.2", targetTemperature: { value: 30, ac: 200, av: 2 } });
        await expect.poll(lastTemperature).toBeGreaterThan(28);
      },
      { ...endless, types: { type }, groups: [{ name: "thermostat", type: "type", count: 1 }] },
      "warm",
    );
  });

  it("answers methods as its type describes", async () => {
    const report = await runUntil(
      async () => {
        await expect
          .poll(() => emulator.sessions())
          .toContainEqual(expect.objectContaining({ deviceId: "called-thermostat-1" }));
        const answer = await emulator.invokeMethod("called-thermostat-1", "getMaxMinReport", null, {
          connectTimeoutInSeconds: 60,
        });
        expect(answer).toMatchObject({ status: 200, payload: { avgTemp: 21.2 } });
      },
      { ...endless, groups: [{ type: "thermostat", count: 1 }] },
      "called",
    );
    expect(report.counts.methodCalls).toBe(1);
  });

  it("reconnects after a storm and faults, and loses nothing, in virtual time", async () => {
    const report = await runVirtually(
      {
        ...quick,
        groups: [{ type: "sensor", count: 20 }],
        phases: [
          { phase: "ramp", over: "200ms" },
          { phase: "hold", for: "1s" },
          { phase: "storm", for: "1s" },
          { phase: "churn", for: "1s", every: "400ms", share: 0.3, off: "300ms" },
          { phase: "drain", within: "30s" },
        ],
        faults: [
          { fault: "drop", at: "700ms", devices: { share: 0.5 }, afterPublishes: 3 },
          { fault: "mute", at: "500ms", answer: "puback", devices: { count: 2 }, times: 1 },
          { fault: "stopListening", at: "1s", for: "200ms" },
        ],
        thresholds: [
          { metric: "lost", maximum: 0 },
          { metric: "failed", maximum: 0 },
        ],
      },
      createMemoryHub,
    );
    expect(report).toMatchObject({ passed: true, faults: { failures: [] } });
    expect(report.counts.reconnections).toBeGreaterThan(20);
    expect(report.deliveries).toMatchObject({ lost: 0, heldUnacknowledged: 0 });
    expect(report.counts.acknowledged).toBe(report.counts.sent);
  });

  it("reconnects after a storm and faults, and loses nothing", async () => {
    const report = await runUntil(
      async (simulation) => {
        const connected = (): number => simulation.counts().connected;
        const reconnections = (): number => simulation.counts().reconnections;
        await expect.poll(connected).toBe(20);
        const [dropped, muted] = simulation.devices as [SimulatedDevice, SimulatedDevice];
        emulator.faults.drop(dropped.identity.deviceId, { afterPublishes: 3 });
        await expect.poll(reconnections).toBeGreaterThanOrEqual(1);
        emulator.faults.mute("puback", muted.identity.deviceId);
        await expect.poll(() => muted.pending).toBeGreaterThanOrEqual(3);
        emulator.faults.unmute("puback", muted.identity.deviceId);
        await emulator.faults.stopListening();
        const { brokenConnections: before } = simulation.counts();
        const broken = simulation.devices.filter((device) => device.breakConnection()).length;
        expect(simulation.counts().brokenConnections - before).toBe(broken);
        await expect.poll(connected).toBe(0);
        await emulator.faults.listenAgain();
        await expect.poll(reconnections).toBeGreaterThan(20);
        await expect.poll(connected).toBe(20);
      },
      {
        ...endless,
        groups: [{ type: "sensor", count: 20 }],
        thresholds: [
          { metric: "lost", maximum: 0 },
          { metric: "failed", maximum: 0 },
        ],
      },
    );
    expect(report).toMatchObject({ passed: true, deliveries: { lost: 0, heldUnacknowledged: 0 } });
    expect(report.counts.acknowledged).toBe(report.counts.sent);
  });

  it("stops early on request, and drains", async () => {
    const simulation = new Simulation(
      {
        ...endless,
        phases: [{ phase: "ramp", over: "1ms" }, ...endless.phases.slice(1)],
      },
      platform,
      { hub: localHub(emulator), observers: [{ onAcknowledged: () => simulation.stop("enough") }] },
    );
    const report = await simulation.run();
    expect(report).toMatchObject({ stopped: "enough", counts: { pending: 0, failed: 0 } });
  });

  it("connects nothing without the secrets and the hub that its groups need", () => {
    expect(() => new Simulation(quick, platform)).toThrow(
      /^hub must be a local hub, because a group connects to it/,
    );
    const remote = {
      ...quick,
      groups: [{ type: "sensor", count: 1, connect: { from: "policy", secret: "HUB" } }],
    };
    expect(() => new Simulation(remote, platform)).toThrow(
      "The secret HUB must be a non-empty string, got nothing",
    );
  });
});
