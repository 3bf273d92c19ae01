import { describe, expect, it } from "vitest";
import { VirtualClock } from "./virtual-clock.ts";

describe("VirtualClock", () => {
  it("stands still until it is moved", async () => {
    const clock = new VirtualClock(5);
    expect(clock.now()).toBe(5);
    await Promise.resolve();
    expect(clock.now()).toBe(5);
    await clock.advance(7);
    expect(clock.now()).toBe(12);
  });

  it("runs timers in the order of their time, those of one moment in the order they were set, with the clock at it", async () => {
    const clock = new VirtualClock(0);
    const ran: [string, number][] = [];
    const note = (name: string) => () => ran.push([name, clock.now()]);
    clock.setTimer(note("c"), 20);
    clock.setTimer(note("a"), 10);
    clock.setTimer(note("b"), 10);
    clock.setTimer(note("late"), 31);
    await clock.advance(30);
    expect(ran).toEqual([
      ["a", 10],
      ["b", 10],
      ["c", 20],
    ]);
    expect(clock.timers).toBe(1);
    expect(clock.now()).toBe(30);
  });

  it("runs timers that timers set, when their time comes within the same advance", async () => {
    const clock = new VirtualClock(0);
    const ran: number[] = [];
    clock.setTimer(() => {
      clock.setTimer(() => ran.push(clock.now()), 5);
      clock.setTimer(() => ran.push(clock.now()), 50);
    }, 10);
    await clock.advance(30);
    expect(ran).toEqual([15]);
  });

  it("lets promises settle between timers", async () => {
    const clock = new VirtualClock(0);
    const ran: string[] = [];
    clock.setTimer(() => void Promise.resolve().then(() => ran.push("promise of the first")), 10);
    clock.setTimer(() => ran.push("second"), 11);
    await clock.advance(20);
    expect(ran).toEqual(["promise of the first", "second"]);
  });

  it("does not run a timer that was taken back, nor one twice", async () => {
    const clock = new VirtualClock(0);
    let ran = 0;
    const timer = clock.setTimer(() => ran++, 10);
    clock.setTimer(() => ran++, 10);
    timer.cancel();
    expect(clock.timers).toBe(1);
    await clock.advance(100);
    timer.cancel();
    expect(ran).toBe(1);
    expect(clock.timers).toBe(0);
  });

  it("takes a delay below zero for none", async () => {
    const clock = new VirtualClock(100);
    const ran: number[] = [];
    clock.setTimer(() => ran.push(clock.now()), -50);
    await clock.advance(0);
    expect(ran).toEqual([100]);
  });

  it("jumps without letting time pass: no timer runs, and each keeps its distance", async () => {
    const clock = new VirtualClock(0);
    const ran: number[] = [];
    clock.setTimer(() => ran.push(clock.now()), 10);
    clock.jump(1000);
    expect(clock.now()).toBe(1000);
    await clock.advance(9);
    expect(ran).toEqual([]);
    await clock.advance(1);
    expect(ran).toEqual([1010]);
    clock.jump(-5000);
    expect(clock.now()).toBe(-3990);
  });
});
