import { describe, expect, it } from "vitest";
import { exponentialBackoff, fixedInterval } from "./retry-policy.ts";

const error = new Error("why");

describe("exponentialBackoff", () => {
  it("waits at most 1 s, 2 s, 4 s … 60 s", () => {
    const longest = exponentialBackoff({}, () => 1);
    expect([1, 2, 3, 4, 5, 6, 7, 8, 1000].map((attempt) => longest(attempt, error))).toEqual([
      1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000,
    ]);
  });

  it("spreads each wait over the whole of that: full jitter", () => {
    expect(exponentialBackoff({}, () => 0)(5, error)).toBe(0);
    expect(exponentialBackoff({}, () => 0.25)(3, error)).toBe(1000);
  });

  it("has a first and a longest wait of its own", () => {
    const policy = exponentialBackoff({ firstMs: 10, longestMs: 35 }, () => 1);
    expect([1, 2, 3, 4].map((attempt) => policy(attempt, error))).toEqual([10, 20, 35, 35]);
  });

  it("without a source of chance takes the runtime's", () => {
    const policy = exponentialBackoff();
    const waits = Array.from({ length: 50 }, () => policy(7, error));
    expect(new Set(waits).size).toBeGreaterThan(10);
    expect(Math.max(...waits)).toBeLessThanOrEqual(60_000);
  });
});

describe("fixedInterval", () => {
  it("is the same each time", () => {
    expect([1, 2, 50].map((attempt) => fixedInterval(250)(attempt, error))).toEqual([250, 250, 250]);
  });
});
