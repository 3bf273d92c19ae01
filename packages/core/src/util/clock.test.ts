import { describe, expect, it } from "vitest";
import { VirtualClock } from "../testing/virtual-clock.ts";
import { type Clock, longestTimerMs, setTimer, setTimerAt } from "./clock.ts";

const day = 86_400_000;

/** The time at which a timer for `at` fires. */
async function alarmTime(clock: VirtualClock, at: number, pass: () => Promise<void>): Promise<number[]> {
  const rung: number[] = [];
  setTimerAt(clock, at, () => rung.push(clock.now()));
  await pass();
  return rung;
}

describe("setTimerAt", () => {
  it("calls once, when the clock shows the time", async () => {
    const clock = new VirtualClock(0);
    const rung = await alarmTime(clock, 5000, () => clock.advance(20_000));
    expect(rung).toEqual([5000]);
    expect(clock.timers).toBe(0);
  });

  it("supports times beyond the 24.8 days of a JavaScript timer", async () => {
    const clock = new VirtualClock(0);
    const delays: number[] = [];
    const watched: Clock = {
      now: () => clock.now(),
      setTimer: (run, ms) => {
        delays.push(ms);
        return clock.setTimer(run, ms);
      },
    };
    const rung: number[] = [];
    setTimerAt(watched, 30 * day, () => rung.push(clock.now()));
    await clock.advance(30 * day - 1);
    expect(rung).toEqual([]);
    await clock.advance(1);
    expect(rung).toEqual([30 * day]);
    expect(Math.max(...delays)).toBeLessThanOrEqual(longestTimerMs);
  });

  it("calls right away for a time that has passed, but never before it returns", async () => {
    const clock = new VirtualClock(1000);
    let rung = 0;
    setTimerAt(clock, 10, () => rung++);
    expect(rung).toBe(0);
    await clock.advance(0);
    expect(rung).toBe(1);
  });

  it("detects within a minute that the clock was set forward past its time", async () => {
    const clock = new VirtualClock(0);
    const rung = await alarmTime(clock, 10 * day, async () => {
      await clock.advance(1000);
      clock.jump(20 * day);
      await clock.advance(60_000);
    });
    expect(rung).toHaveLength(1);
    expect(rung[0]).toBeLessThanOrEqual(20 * day + 61_000);
  });

  it("keeps waiting after the clock was set back, until it shows the time", async () => {
    const clock = new VirtualClock(10 * day);
    const rung = await alarmTime(clock, 10 * day + 120_000, async () => {
      clock.jump(-day);
      await clock.advance(day + 119_999);
      expect(clock.timers).toBe(1);
      await clock.advance(1);
    });
    expect(rung).toEqual([10 * day + 120_000]);
  });

  it("can be canceled at any time, also between slices of a long wait", async () => {
    const clock = new VirtualClock(0);
    let rung = 0;
    const alarm = setTimerAt(clock, day, () => rung++);
    await clock.advance(600_500);
    alarm.cancel();
    expect(clock.timers).toBe(0);
    await clock.advance(2 * day);
    expect(rung).toBe(0);
  });

  it("doesn't keep the process alive by default", () => {
    const idles: (boolean | undefined)[] = [];
    const clock: Clock = {
      now: () => 0,
      setTimer: (_run, _ms, idle) => {
        idles.push(idle);
        return { cancel: () => {} };
      },
    };
    setTimerAt(clock, 1000, () => {});
    setTimerAt(clock, 1000, () => {}, false);
    expect(idles).toEqual([true, false]);
  });
});

describe("setTimer", () => {
  it("calls once, after the delay, even if the clock is set in the meantime", async () => {
    for (const jump of [-day, 0, day]) {
      const clock = new VirtualClock(10 * day);
      let rung = 0;
      setTimer(clock, 5000, () => rung++);
      clock.jump(jump);
      await clock.advance(4999);
      expect(rung).toBe(0);
      await clock.advance(1);
      expect(rung).toBe(1);
      expect(clock.timers).toBe(0);
    }
  });

  it("supports delays beyond the 24.8 days of a JavaScript timer, and can be canceled after them", async () => {
    const clock = new VirtualClock(0);
    const rung: number[] = [];
    setTimer(clock, 60 * day, () => rung.push(clock.now()));
    const taken = setTimer(clock, 60 * day, () => rung.push(-1));
    await clock.advance(59 * day);
    expect(rung).toEqual([]);
    taken.cancel();
    await clock.advance(day);
    expect(rung).toEqual([60 * day]);
    expect(clock.timers).toBe(0);
  });
});
