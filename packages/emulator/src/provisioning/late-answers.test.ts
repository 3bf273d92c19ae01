import { VirtualClock } from "@isohub/core/testing";
import { describe, expect, it } from "vitest";
import { LateAnswers } from "./late-answers.ts";

describe("LateAnswers", () => {
  it("sends answers a moment after their requests, in order", async () => {
    const clock = new VirtualClock(0);
    const answers = new LateAnswers(clock);
    const sent: string[] = [];
    for (const each of ["first", "second"]) answers.add(() => sent.push(each));
    await clock.advance(49);
    expect(sent).toEqual([]);
    await clock.advance(1);
    expect(sent).toEqual(["first", "second"]);
  });

  it("keeps 64 answers at most: the next is sent at once", async () => {
    const clock = new VirtualClock(0);
    const answers = new LateAnswers(clock);
    const sent: number[] = [];
    for (let i = 0; i < 66; i++) answers.add(() => sent.push(i));
    expect(sent).toEqual([64, 65]);
    expect(clock.timers).toBe(64);
    await clock.advance(50);
    answers.add(() => sent.push(66));
    expect(sent).toHaveLength(66);
    await clock.advance(50);
    expect(sent).toHaveLength(67);
  });
});
