import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkKeepAlive, type KeepAliveState } from "./keep-alive.ts";

const rules = { intervalMs: 60_000, pingTimeoutMs: 10_000 };

function check(state: Partial<KeepAliveState>, now: number, overrides: Partial<typeof rules> = {}): unknown {
  return checkKeepAlive(
    { lastInAt: 0, lastOutAt: 0, pingedAt: undefined, unackedSince: undefined, ...state },
    { ...rules, ...overrides },
    now,
  );
}

describe("checkKeepAlive", () => {
  it("pings when nothing has gone out for the interval [MQTT-3.1.2-23]", () => {
    expect(check({ lastInAt: 59_000 }, 59_999)).toEqual({ type: "wait", until: 60_000 });
    expect(check({ lastInAt: 59_000 }, 60_000)).toEqual({ type: "ping" });
  });

  it("pings when nothing has come in for the interval, however much goes out", () => {
    expect(check({ lastOutAt: 59_999 }, 60_000)).toEqual({ type: "ping" });
  });

  it("waits from the later on when both have happened", () => {
    expect(check({ lastInAt: 30_000, lastOutAt: 20_000 }, 70_000)).toEqual({ type: "wait", until: 80_000 });
  });

  it("a ping without an answer within its time-out is the end of the connection, not 1.5 keep-alives", () => {
    const pinged = { lastInAt: 0, lastOutAt: 60_000, pingedAt: 60_000 };
    expect(check(pinged, 69_999)).toEqual({ type: "wait", until: 70_000 });
    expect(check(pinged, 70_000)).toEqual({ type: "dead" });
  });

  it("a message that stays unacknowledged for the ping time-out is a reason to ping", () => {
    expect(check({ unackedSince: 1000, lastInAt: 500, lastOutAt: 1000 }, 10_999)).toEqual({
      type: "wait",
      until: 11_000,
    });
    expect(check({ unackedSince: 1000, lastInAt: 500, lastOutAt: 1000 }, 11_000)).toEqual({ type: "ping" });
  });

  it("it is none while other bytes come in: they show that the hub is there", () => {
    expect(check({ unackedSince: 1000, lastInAt: 30_000, lastOutAt: 30_000 }, 31_000)).toEqual({
      type: "wait",
      until: 40_000,
    });
  });

  it("goes on pinging at the interval while a longer ping time-out runs, for the hub's own clock", () => {
    const state = { lastInAt: 0, lastOutAt: 1000, pingedAt: 1000 };
    expect(check(state, 1500, { intervalMs: 1000 })).toEqual({ type: "wait", until: 2000 });
    expect(check(state, 2000, { intervalMs: 1000 })).toEqual({ type: "ping" });
    expect(check({ ...state, lastOutAt: 10_900 }, 11_000, { intervalMs: 1000 })).toEqual({ type: "dead" });
  });

  it("never waits into the past, and never beyond the interval or the ping time-out", () => {
    const time = fc.integer({ min: 0, max: 200_000 });
    fc.assert(
      fc.property(
        fc.record({
          lastInAt: time,
          lastOutAt: time,
          pingedAt: fc.option(time, { nil: undefined }),
          unackedSince: fc.option(time, { nil: undefined }),
        }),
        fc.integer({ min: 1000, max: 1_740_000 }),
        fc.integer({ min: 1, max: 60_000 }),
        fc.integer({ min: 0, max: 100_000 }),
        (state, intervalMs, pingTimeoutMs, since) => {
          const now =
            Math.max(state.lastInAt, state.lastOutAt, state.pingedAt ?? 0, state.unackedSince ?? 0) + since;
          const verdict = checkKeepAlive(state, { intervalMs, pingTimeoutMs }, now);
          if (verdict.type !== "wait") return;
          expect(verdict.until).toBeGreaterThan(now);
          expect(verdict.until - now).toBeLessThanOrEqual(Math.max(intervalMs, pingTimeoutMs));
        },
      ),
    );
  });
});
