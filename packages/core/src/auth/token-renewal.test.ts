import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { VirtualClock } from "../testing/virtual-clock.ts";
import { setTimerAt, type Timer } from "../util/clock.ts";
import { renewalTime, renewToken, type TokenEffect, type TokenState } from "./token-renewal.ts";

const tenYears = 315_360_000;

describe("renewalTime", () => {
  it("is 120 s before the end of a token", () => {
    expect(renewalTime(1000, 4600)).toBe(4480);
    expect(renewalTime(1000, 1000 + tenYears)).toBe(1000 + tenYears - 120);
  });

  it("is half-way for a token of less than twice that, so that renewing comes to an end", () => {
    expect(renewalTime(1000, 1240)).toBe(1120);
    expect(renewalTime(1000, 1239)).toBe(1119.5);
    expect(renewalTime(1000, 1010)).toBe(1005);
    expect(renewalTime(1000, 1001)).toBe(1000.5);
  });

  it("lies within the life of a token, never before half of it, whatever its length", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 4e9 }),
        fc.integer({ min: 1, max: tenYears }),
        (issuedAt, lifetime) => {
          const renewAt = renewalTime(issuedAt, issuedAt + lifetime);
          expect(renewAt).toBeGreaterThanOrEqual(issuedAt + lifetime / 2);
          expect(renewAt).toBeLessThan(issuedAt + lifetime);
          expect(issuedAt + lifetime - renewAt).toBeLessThanOrEqual(120);
        },
      ),
    );
  });

  it("of a token that has ended already is its end", () => {
    expect(renewalTime(2000, 1000)).toBe(1000);
  });
});

describe("renewToken", () => {
  const generated = (expiry: number) => ({ type: "issued", expiry, source: "generated" }) as const;
  const supplied = (expiry: number) => ({ type: "issued", expiry, source: "supplied" }) as const;
  const timer = { type: "timer" } as const;

  it("sets an timer for each token that comes into use", () => {
    const { state, effect } = renewToken(undefined, generated(4600), 1000);
    expect(effect).toEqual({ type: "setTimerAt", at: 4480 });
    expect(renewToken(state, generated(8200), 4480).effect).toEqual({ type: "setTimerAt", at: 8080 });
  });

  it("renews a generated token by a reconnection when the timer goes off", () => {
    const { state } = renewToken(undefined, generated(4600), 1000);
    expect(renewToken(state, timer, 4480).effect).toEqual({ type: "renew" });
  });

  it("renews again at the time of the next try, when there was no fresh token to be had", () => {
    const failed = { type: "failed", retryAt: 4490 } as const;
    const { state, effect } = renewToken(renewToken(undefined, generated(4600), 1000).state, failed, 4481);
    expect(effect).toEqual({ type: "setTimerAt", at: 4490 });
    expect(renewToken(state, timer, 4485).effect).toEqual({ type: "setTimerAt", at: 4490 });
    expect(renewToken(state, timer, 4490).effect).toEqual({ type: "renew" });
    expect(renewToken(undefined, failed, 4481)).toEqual({ state: undefined, effect: undefined });
  });

  it("waits on when the timer goes off early, as after the clock was set back", () => {
    const { state } = renewToken(undefined, generated(4600), 1000);
    expect(renewToken(state, timer, 4479.9).effect).toEqual({ type: "setTimerAt", at: 4480 });
  });

  it("asks for a supplied token once, over any number of timers and reconnections with it", () => {
    let { state } = renewToken(undefined, supplied(4600), 1000);
    const asked: TokenEffect[] = [];
    for (const [event, now] of [
      [timer, 4480],
      [timer, 4480],
      [supplied(4600), 4500],
      [timer, 4510],
      [supplied(4600), 4590],
      [timer, 5000],
    ] as const) {
      const step = renewToken(state, event, now);
      state = step.state;
      if (step.effect !== undefined) asked.push(step.effect);
    }
    expect(asked).toEqual([{ type: "ask" }]);
  });

  it("asks again for the next supplied token", () => {
    let { state } = renewToken(undefined, supplied(4600), 1000);
    ({ state } = renewToken(state, timer, 4480));
    const next = renewToken(state, supplied(8200), 4485);
    expect(next.effect).toEqual({ type: "setTimerAt", at: 8080 });
    expect(renewToken(next.state, timer, 8080).effect).toEqual({ type: "ask" });
  });

  it("a reconnection with the same short token does not put the question off", () => {
    const first = renewToken(undefined, supplied(1100), 1000);
    expect(first.effect).toEqual({ type: "setTimerAt", at: 1050 });
    expect(renewToken(first.state, supplied(1100), 1040).effect).toEqual({ type: "setTimerAt", at: 1050 });
  });

  it("does nothing at an timer without a token", () => {
    expect(renewToken(undefined, timer, 1000)).toEqual({ state: undefined, effect: undefined });
  });
});

describe("renewToken with its timers on a clock", () => {
  /** Lives with tokens of one length. @returns when each was renewed or asked for, in seconds from the start */
  async function live(
    lifetime: number,
    source: "generated" | "supplied",
    seconds: number,
    meanwhile: (clock: VirtualClock) => void = () => {},
  ): Promise<{ done: number[]; timers: number }> {
    const clock = new VirtualClock(1_800_000_000_000);
    const start = clock.now();
    const done: number[] = [];
    let state: TokenState | undefined;
    let timer: Timer | undefined;
    const handle = (event: Parameters<typeof renewToken>[1]): void => {
      const step = renewToken(state, event, clock.now() / 1000);
      state = step.state;
      const { effect } = step;
      if (effect?.type === "setTimerAt") {
        timer?.cancel();
        timer = setTimerAt(clock, effect.at * 1000, () => handle({ type: "timer" }));
      } else if (effect !== undefined) {
        done.push((clock.now() - start) / 1000);
        if (effect.type === "renew") issue();
      }
    };
    const issue = (): void => {
      handle({ type: "issued", expiry: Math.ceil(clock.now() / 1000 + lifetime), source });
    };
    issue();
    meanwhile(clock);
    await clock.advance(seconds * 1000);
    return { done, timers: clock.timers };
  }

  for (const lifetime of [1, 2, 10, 119, 120, 121, 239, 240, 241, 3600, 86_400]) {
    it(`a token of ${lifetime} s is renewed in time, and no more often than every half of that`, async () => {
      const { done, timers } = await live(lifetime, "generated", lifetime * 6);
      expect(done.length).toBeGreaterThanOrEqual(5);
      for (let at = 1; at < done.length; at++) {
        expect((done[at] ?? 0) - (done[at - 1] ?? 0)).toBeGreaterThanOrEqual(lifetime / 2);
        expect((done[at] ?? 0) - (done[at - 1] ?? 0)).toBeLessThanOrEqual(lifetime + 1);
      }
      expect(timers).toBe(1);
    });
  }

  it("a token of 40 days, longer than a JavaScript timer takes, is renewed 120 s before its end and not at once", async () => {
    const lifetime = 40 * 86_400;
    expect((await live(lifetime, "generated", lifetime - 121)).done).toEqual([]);
    expect((await live(lifetime, "generated", lifetime)).done).toEqual([lifetime - 120]);
  });

  it("a token of ten years is not renewed for a month, where a timer of its length would go off at once", async () => {
    expect((await live(tenYears, "generated", 30 * 86_400)).done).toEqual([]);
  });

  it("a supplied token is asked for once, 120 s before its end, and then the clock is left alone", async () => {
    expect(await live(3600, "supplied", 100_000)).toEqual({ done: [3480], timers: 0 });
  });

  it("a clock that is set forward beyond the end brings the renewal within a minute", async () => {
    const { done } = await live(3600, "generated", 120, (clock) => clock.jump(7_200_000));
    expect(done).toHaveLength(1);
    expect(done[0]).toBeLessThanOrEqual(7260);
  });

  it("a clock that is set back puts the renewal off: the hub goes by the time in the token", async () => {
    const { done } = await live(3600, "generated", 7200, (clock) => clock.jump(-3_600_000));
    expect(done).toEqual([3480]);
  });
});
