import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { never } from "../../util/clock.ts";
import {
  initialKeepAliveState,
  type KeepAliveEffect,
  type KeepAliveEvent,
  reduceKeepAlive,
} from "./keep-alive-state.ts";

const rules = {
  intervalMs: 60_000,
  pingTimeoutMs: 10_000,
  acknowledgementTimeoutMs: 30_000,
  overtakenTimeoutMs: 10_000,
};

/** Checks a connection with this traffic. @returns the first effect */
function check(
  { pingedAt, ...traffic }: Partial<KeepAliveEvent> & { pingedAt?: number },
  now: number,
  overrides: Partial<typeof rules> = {},
): KeepAliveEffect | undefined {
  const event: KeepAliveEvent = {
    type: "check",
    lastInAt: 0,
    lastOutAt: 0,
    unackedSince: undefined,
    overtakenSince: undefined,
    ...traffic,
  };
  return reduceKeepAlive({ pingedAt }, event, now, { ...rules, ...overrides }).effects[0];
}

describe("reduceKeepAlive: checks", () => {
  it("ping when nothing was sent for the interval [MQTT-3.1.2-23]", () => {
    expect(check({ lastInAt: 59_000 }, 59_999)).toEqual({ type: "wait", until: 60_000 });
    expect(check({ lastInAt: 59_000 }, 60_000)).toEqual({ type: "ping" });
  });

  it("ping when nothing was received for the interval, however much is sent", () => {
    expect(check({ lastOutAt: 59_999 }, 60_000)).toEqual({ type: "ping" });
  });

  it("wait from the earlier of both", () => {
    expect(check({ lastInAt: 30_000, lastOutAt: 20_000 }, 70_000)).toEqual({ type: "wait", until: 80_000 });
  });

  it("take the connection for dead after a ping without a response within its time-out, not after 1.5 keep-alives", () => {
    const pinged = { lastInAt: 0, lastOutAt: 60_000, pingedAt: 60_000 };
    expect(check(pinged, 69_999)).toEqual({ type: "wait", until: 70_000 });
    expect(check(pinged, 70_000)).toEqual({ type: "dead" });
  });

  it("ping when a message stays unacknowledged for three tenths of the ping time-out", () => {
    const traffic = { unackedSince: 1000, lastInAt: 500, lastOutAt: 1000 };
    expect(check(traffic, 3999)).toEqual({ type: "wait", until: 4000 });
    expect(check(traffic, 4000)).toEqual({ type: "ping" });
    expect(check({ ...traffic, pingedAt: 4000 }, 13_999)).toEqual({ type: "wait", until: 14_000 });
    expect(check({ ...traffic, pingedAt: 4000 }, 14_000)).toEqual({ type: "dead" });
  });

  it("leave a slow network the time to transmit a large message, up to the ping time-out", () => {
    const traffic = { unackedSince: 1000, lastInAt: 500, lastOutAt: 1000 };
    expect(check({ ...traffic, unackedBytes: 16_000 }, 4999)).toEqual({ type: "wait", until: 5000 });
    expect(check({ ...traffic, unackedBytes: 16_000 }, 5000)).toEqual({ type: "ping" });
    expect(check({ ...traffic, unackedBytes: 256_000 }, 10_999)).toEqual({ type: "wait", until: 11_000 });
  });

  it("do not ping for it while other bytes arrive, which show that the hub is there", () => {
    expect(check({ unackedSince: 9000, lastInAt: 20_000, lastOutAt: 20_000 }, 21_000)).toEqual({
      type: "wait",
      until: 23_000,
    });
  });

  it("keep pinging at the interval during a longer ping time-out, because the hub measures the interval as well", () => {
    const traffic = { lastInAt: 0, lastOutAt: 1000, pingedAt: 1000 };
    expect(check(traffic, 1500, { intervalMs: 1000 })).toEqual({ type: "wait", until: 2000 });
    expect(check(traffic, 2000, { intervalMs: 1000 })).toEqual({ type: "ping" });
    expect(check({ ...traffic, lastOutAt: 10_900 }, 11_000, { intervalMs: 1000 })).toEqual({ type: "dead" });
  });

  it("never wait into the past, nor longer than the interval or the ping time-out", () => {
    const time = fc.integer({ min: 0, max: 200_000 });
    fc.assert(
      fc.property(
        fc.record({
          lastInAt: time,
          lastOutAt: time,
          pingedAt: fc.option(time, { nil: undefined }),
          unackedSince: fc.option(time, { nil: undefined }),
          overtakenSince: fc.option(time, { nil: undefined }),
        }),
        fc.integer({ min: 1000, max: 1_740_000 }),
        fc.integer({ min: 1, max: 60_000 }),
        fc.integer({ min: 0, max: 100_000 }),
        ({ pingedAt, ...traffic }, intervalMs, pingTimeoutMs, since) => {
          const latest = Math.max(
            traffic.lastInAt,
            traffic.lastOutAt,
            pingedAt ?? 0,
            traffic.unackedSince ?? 0,
            traffic.overtakenSince ?? 0,
          );
          const now = latest + since;
          const event: KeepAliveEvent = { type: "check", ...traffic };
          const { effects } = reduceKeepAlive({ pingedAt }, event, now, {
            ...rules,
            intervalMs,
            pingTimeoutMs,
          });
          for (const effect of effects) {
            if (effect.type !== "wait") continue;
            expect(effect.until).toBeGreaterThan(now);
            expect(effect.until - now).toBeLessThanOrEqual(Math.max(intervalMs, pingTimeoutMs));
          }
        },
      ),
    );
  });
});

describe("reduceKeepAlive: unacknowledged messages", () => {
  const lost = { type: "unacknowledged" };

  it("make the link lost after acknowledgementTimeoutMs, if the hub has sent anything since", () => {
    expect(check({ unackedSince: 1000, lastInAt: 30_999 }, 30_999)).toEqual({ type: "wait", until: 31_000 });
    expect(check({ unackedSince: 1000, lastInAt: 31_000 }, 31_000)).toEqual(lost);
    expect(check({ unackedSince: 1000, lastInAt: 30_999 }, 90_000)).toEqual({ type: "ping" });
  });

  it("make it lost earlier if later ones have been acknowledged for overtakenTimeoutMs", () => {
    const traffic = { unackedSince: 1000, overtakenSince: 2000 };
    expect(check({ ...traffic, lastInAt: 11_999 }, 11_999)).toEqual({ type: "wait", until: 12_000 });
    expect(check({ ...traffic, lastInAt: 11_000 }, 12_000)).toEqual({ type: "ping" });
    expect(check({ ...traffic, lastInAt: 12_000 }, 12_000)).toEqual(lost);
  });

  it("are checked at least every overtakenTimeoutMs, because later ones may be acknowledged meanwhile", () => {
    const traffic = { unackedSince: 1000, lastInAt: 0, lastOutAt: 1000 };
    const patient = { pingTimeoutMs: 60_000 };
    expect(check(traffic, 1000, patient)).toEqual({ type: "wait", until: 11_000 });
  });

  it("never make it lost with limits of Infinity", () => {
    const unlimited = { acknowledgementTimeoutMs: never, overtakenTimeoutMs: never };
    const traffic = { unackedSince: 0, overtakenSince: 0, lastInAt: 1e9, lastOutAt: 1e9 };
    expect(check(traffic, 1e9, unlimited)).toEqual({ type: "wait", until: 1e9 + 3000 });
  });
});

describe("reduceKeepAlive: pings", () => {
  const event: KeepAliveEvent = {
    type: "check",
    lastInAt: 0,
    lastOutAt: 0,
    unackedSince: undefined,
    overtakenSince: undefined,
  };

  it("are followed by a wait for the response, or for the next ping if that is earlier", () => {
    expect(reduceKeepAlive(initialKeepAliveState, event, 60_000, rules)).toEqual({
      state: { pingedAt: 60_000 },
      effects: [{ type: "ping" }, { type: "wait", until: 70_000 }],
    });
    const short = { ...rules, intervalMs: 4000 };
    expect(reduceKeepAlive({ pingedAt: 60_000 }, event, 64_000, short)).toEqual({
      state: { pingedAt: 60_000 },
      effects: [{ type: "ping" }, { type: "wait", until: 68_000 }],
    });
  });

  it("are sent at once on suspicion, unless one is pending", () => {
    const suspect: KeepAliveEvent = { ...event, type: "suspect" };
    const pinged = {
      state: { pingedAt: 5000 },
      effects: [{ type: "ping" }, { type: "wait", until: 15_000 }],
    };
    expect(reduceKeepAlive(initialKeepAliveState, suspect, 5000, rules)).toEqual(pinged);
    const pending = { pingedAt: 4000 };
    expect(reduceKeepAlive(pending, suspect, 5000, rules)).toEqual({ state: pending, effects: [] });
  });

  it("from before a sleep do not count: the response may not have been read yet", () => {
    const { state, effects } = reduceKeepAlive(
      { pingedAt: 1000 },
      { ...event, type: "suspect" },
      11_000,
      rules,
    );
    expect(state).toEqual({ pingedAt: 11_000 });
    expect(effects[0]).toEqual({ type: "ping" });
  });
});
