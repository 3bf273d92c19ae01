import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { VirtualClock } from "../testing/virtual-clock.ts";
import { setTimerAt, type Timer } from "../util/clock.ts";
import {
  initialTokenRenewalState,
  reduceTokenRenewal,
  renewalTime,
  type TokenRenewalEffect,
  type TokenRenewalEvent,
  type TokenRenewalState,
} from "./token-renewal-state.ts";

const tenYears = 315_360_000;

describe("renewalTime", () => {
  it("is 120 s before the end of a token", () => {
    expect(renewalTime(1000, 4600)).toBe(4480);
    expect(renewalTime(1000, 1000 + tenYears)).toBe(1000 + tenYears - 120);
  });

  it("is halfway for a token of less than twice that, so that renewing comes to an end", () => {
    expect(renewalTime(1000, 1240)).toBe(1120);
    expect(renewalTime(1000, 1239)).toBe(1119.5);
    expect(renewalTime(1000, 1010)).toBe(1005);
    expect(renewalTime(1000, 1001)).toBe(1000.5);
  });

  it("is within the lifetime of a token, and never before half of it", () => {
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

  it("is the end of a token that has expired", () => {
    expect(renewalTime(2000, 1000)).toBe(1000);
  });
});

describe("reduceTokenRenewal", () => {
  const generated = (expiry: number) => ({ type: "issued", expiry, source: "generated" }) as const;
  const supplied = (expiry: number) => ({ type: "issued", expiry, source: "supplied" }) as const;
  const timer = { type: "timer" } as const;

  /** A renewal with its state. */
  class Renewal {
    state: TokenRenewalState = initialTokenRenewalState;

    /** @param seconds - since 1970 */
    at(seconds: number, event: TokenRenewalEvent): readonly TokenRenewalEffect[] {
      const { state, effects } = reduceTokenRenewal(this.state, event, seconds * 1000);
      this.state = state;
      return effects;
    }
  }

  it("sets a timer for each token that comes into use", () => {
    const renewal = new Renewal();
    expect(renewal.at(1000, generated(4600))).toEqual([{ type: "setTimer", at: 4_480_000 }]);
    expect(renewal.at(4480, generated(8200))).toEqual([{ type: "setTimer", at: 8_080_000 }]);
  });

  it("renews a generated token when the timer runs", () => {
    const renewal = new Renewal();
    renewal.at(1000, generated(4600));
    expect(renewal.at(4480, timer)).toEqual([{ type: "renew" }]);
  });

  it("renews again after a delay if no fresh token could be obtained", () => {
    const renewal = new Renewal();
    const failed = { type: "failed", retryInMs: 9000 } as const;
    expect(renewal.at(4481, failed)).toEqual([]);
    renewal.at(1000, generated(4600));
    expect(renewal.at(4481, failed)).toEqual([{ type: "setTimer", at: 4_490_000 }]);
    expect(renewal.at(4485, timer)).toEqual([{ type: "setTimer", at: 4_490_000 }]);
    expect(renewal.at(4490, timer)).toEqual([{ type: "renew" }]);
  });

  it("keeps waiting if the timer runs early, as after the clock was set back", () => {
    const renewal = new Renewal();
    renewal.at(1000, generated(4600));
    expect(renewal.at(4479.9, timer)).toEqual([{ type: "setTimer", at: 4_480_000 }]);
  });

  it("asks for a supplied token once, for any number of timers and reconnections with it", () => {
    const renewal = new Renewal();
    renewal.at(1000, supplied(4600));
    const effects = [
      renewal.at(4480, timer),
      renewal.at(4480, timer),
      renewal.at(4500, supplied(4600)),
      renewal.at(4510, timer),
      renewal.at(4590, supplied(4600)),
      renewal.at(5000, timer),
    ];
    expect(effects.flat()).toEqual([{ type: "ask" }]);
  });

  it("asks for the next token once the application has supplied one", () => {
    const renewal = new Renewal();
    renewal.at(1000, supplied(4600));
    renewal.at(4480, timer);
    expect(renewal.at(4485, supplied(8200))).toEqual([{ type: "setTimer", at: 8_080_000 }]);
    expect(renewal.at(8080, timer)).toEqual([{ type: "ask" }]);
  });

  it("does not postpone asking when a client reconnects with the same short token", () => {
    const renewal = new Renewal();
    expect(renewal.at(1000, supplied(1100))).toEqual([{ type: "setTimer", at: 1_050_000 }]);
    expect(renewal.at(1040, supplied(1100))).toEqual([{ type: "setTimer", at: 1_050_000 }]);
  });

  it("does nothing when a timer runs without a token", () => {
    expect(reduceTokenRenewal(initialTokenRenewalState, timer, 1_000_000)).toEqual({
      state: initialTokenRenewalState,
      effects: [],
    });
  });
});

describe("reduceTokenRenewal with timers on a clock", () => {
  /** Uses tokens of one lifetime. @returns when each was renewed or asked for, in seconds from the start */
  async function live(
    lifetime: number,
    source: "generated" | "supplied",
    seconds: number,
    meanwhile: (clock: VirtualClock) => void = () => {},
  ): Promise<{ done: number[]; timers: number }> {
    const clock = new VirtualClock(1_800_000_000_000);
    const start = clock.now();
    const done: number[] = [];
    let state = initialTokenRenewalState;
    let timer: Timer | undefined;
    const handle = (event: TokenRenewalEvent): void => {
      const step = reduceTokenRenewal(state, event, clock.now());
      state = step.state;
      for (const effect of step.effects) {
        if (effect.type === "setTimer") {
          timer?.cancel();
          timer = setTimerAt(clock, effect.at, () => handle({ type: "timer" }));
        } else {
          done.push((clock.now() - start) / 1000);
          if (effect.type === "renew") issue();
        }
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

  it("a token of 40 days, longer than any JavaScript timer, is renewed 120 s before its end and not immediately", async () => {
    const lifetime = 40 * 86_400;
    expect((await live(lifetime, "generated", lifetime - 121)).done).toEqual([]);
    expect((await live(lifetime, "generated", lifetime)).done).toEqual([lifetime - 120]);
  });

  it("a token of ten years is not renewed for a month, although a timer of that length would run immediately", async () => {
    expect((await live(tenYears, "generated", 30 * 86_400)).done).toEqual([]);
  });

  it("a supplied token is asked for once, 120 s before its end, and leaves no timer", async () => {
    expect(await live(3600, "supplied", 100_000)).toEqual({ done: [3480], timers: 0 });
  });

  it("a clock that is set forward beyond the end leads to a renewal within a minute", async () => {
    const { done } = await live(3600, "generated", 120, (clock) => clock.jump(7_200_000));
    expect(done).toHaveLength(1);
    expect(done[0]).toBeLessThanOrEqual(7260);
  });

  it("a clock that is set back postpones the renewal: the hub compares the time in the token", async () => {
    const { done } = await live(3600, "generated", 7200, (clock) => clock.jump(-3_600_000));
    expect(done).toEqual([3480]);
  });
});
