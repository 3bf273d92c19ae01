import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { Waiters } from "./waiters.ts";

describe("Waiters", () => {
  it("resolves or rejects all that wait; later ones wait for the next time", async () => {
    const waiters = new Waiters<number>();
    const first = [waiters.wait(), waiters.wait()];
    expect(waiters.size).toBe(2);
    waiters.resolve(1);
    expect(await Promise.all(first)).toEqual([1, 1]);
    expect(waiters.size).toBe(0);
    const second = waiters.wait();
    waiters.reject(new RangeError("over"));
    await expect(second).rejects.toThrow("over");
    expect(waiters.size).toBe(0);
  });

  it("rejects one with the reason of its signal, while the others keep waiting", async () => {
    const waiters = new Waiters<number>();
    const controller = new AbortController();
    const one = waiters.wait(controller.signal);
    const other = waiters.wait();
    controller.abort(new RangeError("enough"));
    await expect(one).rejects.toThrow("enough");
    expect(waiters.size).toBe(1);
    waiters.resolve(2);
    expect(await other).toBe(2);
  });

  it("removes the listener from the signal after the wait", async () => {
    const waiters = new Waiters<number>();
    const { signal } = new AbortController();
    const waiting = waiters.wait(signal);
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    waiters.resolve(1);
    await waiting;
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });
});
