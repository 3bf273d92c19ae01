// 5,000 devices in virtual time: the decisions of their clients while their hub is away for 60 s, and once it accepts 100 connections
// per second.
import { afterAll, describe, expect, it } from "vitest";
import { seededRandom } from "../scripts/lib/sample.mjs";
import { type FleetResult, simulateFleet } from "./fleet.ts";
import { writeResult } from "./results.ts";

const seed = Number(process.env["MATRIX_SEED"] ?? Math.floor(Math.random() * 0x8000_0000));
const fleet = { devices: 5000, outageMs: 60_000, connectsPerSecond: 100 } as const;
const results: FleetResult[] = [];

afterAll(() => writeResult("fleet", { seed, ...fleet, results }));

describe.each(["refuses", "queues"] as const)(
  `a hub that %s too many connections (seed ${seed})`,
  (overload) => {
    const result = simulateFleet({ ...fleet, overload, random: seededRandom(seed) });
    results.push(result);

    it("gets all devices back, within three times the time that it needs at least", () => {
      expect(result.connected.all).toBeLessThan((3 * fleet.devices) / fleet.connectsPerSecond);
    });

    it("gets a bounded number of attempts from each device", () => {
      expect(result.mostAttempts).toBeLessThanOrEqual(40);
    });

    it("gets no wave of attempts", () => {
      const perTenth = result.perSecond.average / 10;
      expect(result.mostPerTenth).toBeLessThan(4 * perTenth + 20);
    });
  },
);
