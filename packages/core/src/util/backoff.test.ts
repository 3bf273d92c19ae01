import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backoffMs } from "./backoff.ts";

describe("backoffMs", () => {
  const series = { firstMs: 1000, longestMs: 60_000 };

  it("doubles the maximum with each attempt, up to the longest", () => {
    const delays = [1, 2, 3, 6, 7, 1_000_000].map((attempt) => backoffMs(series, attempt, () => 1));
    expect(delays).toEqual([1000, 2000, 4000, 32_000, 60_000, 60_000]);
  });

  it("grows by another factor if the series has one", () => {
    expect(backoffMs({ ...series, growth: 1.5 }, 3, () => 1)).toBe(2250);
  });

  it("is random, and at least half of the maximum", () => {
    expect([0, 0.5, 1].map((random) => backoffMs(series, 2, () => random))).toEqual([1000, 1500, 2000]);
  });

  it("spreads the first delay from zero to its maximum if the series is set to", () => {
    const spread = { ...series, spreadFirst: true };
    expect([0, 0.25, 1].map((random) => backoffMs(spread, 1, () => random))).toEqual([0, 250, 1000]);
    expect(backoffMs(spread, 2, () => 0)).toBe(1000);
  });

  it("is never shorter than the service asks for", () => {
    expect(backoffMs(series, 1, () => 1, 5000)).toBe(5000);
    expect(backoffMs(series, 5, () => 1, 5000)).toBe(16_000);
  });

  it("stays within its bounds for any attempt", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e9 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.boolean(),
        (attempt, random, spreadFirst) => {
          const ms = backoffMs({ ...series, spreadFirst }, attempt, () => random);
          expect(ms).toBeGreaterThanOrEqual(spreadFirst && attempt === 1 ? 0 : 500);
          expect(ms).toBeLessThanOrEqual(60_000);
        },
      ),
    );
  });
});
