import { describe, expect, it } from "vitest";
import { ConnectionDroppedError, ConnectionFailedError, ServiceError } from "../errors.ts";
import { exponentialBackoff, fixedInterval } from "./retry-policy.ts";

const error = new ConnectionDroppedError("connection_dropped", "lost");

describe("exponentialBackoff", () => {
  it("waits at most 1 s, and a fifth more each time, up to 60 s", () => {
    const longest = exponentialBackoff({}, () => 1);
    expect([1, 2, 3, 23, 24, 1_000_000].map((attempt) => Math.round(longest(attempt, error)))).toEqual([
      1000, 1200, 1440, 55_206, 60_000, 60_000,
    ]);
  });

  it("stays in proportion to the outage: most clients reconnect within a third of it, and all within half", () => {
    // A source of randomness with reproducible delays.
    let seed = 1;
    const random = (): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    const policy = exponentialBackoff({}, random);
    for (const outage of [12_000, 60_000]) {
      const late = Array.from({ length: 500 }, () => {
        let at = 0;
        for (let attempt = 1; at < outage; attempt++) at += policy(attempt, error);
        return at - outage;
      }).sort((one, other) => one - other);
      expect(late[450]).toBeLessThan(outage / 3);
      expect(late.at(-1)).toBeLessThan(outage / 2);
    }
  });

  it("spreads the first delay from zero to its maximum, and later ones over the upper half", () => {
    expect(exponentialBackoff({}, () => 0)(1, error)).toBe(0);
    expect(exponentialBackoff({}, () => 0.25)(1, error)).toBe(250);
    expect(exponentialBackoff({}, () => 0)(2, error)).toBe(600);
    expect(exponentialBackoff({}, () => 0.25)(2, error)).toBe(750);
  });

  it("accepts another first and longest delay", () => {
    const policy = exponentialBackoff({ firstMs: 10, longestMs: 15 }, () => 1);
    expect([1, 2, 3, 4].map((attempt) => Math.round(policy(attempt, error)))).toEqual([10, 12, 14, 15]);
  });

  it("waits as long as a service asks for, also as the cause of a failed connection, even if that is longer", () => {
    const policy = exponentialBackoff({}, () => 1);
    const asked = new ServiceError("busy", { statusCode: 503, retryAfterMs: 90_000 });
    const failed = new ConnectionFailedError("websocket_refused", "HTTP 503", { cause: asked });
    expect([asked, failed].map((one) => policy(1, one))).toEqual([90_000, 90_000]);
    const unspecific = new ServiceError("busy", { statusCode: 503 });
    expect(policy(1, unspecific)).toBe(1000);
  });

  it("uses Math.random by default", () => {
    const policy = exponentialBackoff();
    const waits = Array.from({ length: 50 }, () => policy(40, error));
    expect(new Set(waits).size).toBeGreaterThan(10);
    expect(Math.max(...waits)).toBeLessThanOrEqual(60_000);
  });
});

describe("fixedInterval", () => {
  it("is the same each time", () => {
    expect([1, 2, 50].map((attempt) => fixedInterval(250)(attempt, error))).toEqual([250, 250, 250]);
  });
});
