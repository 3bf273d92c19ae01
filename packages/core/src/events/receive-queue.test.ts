import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { VirtualClock } from "../testing/virtual-clock.ts";
import { Channel } from "./channel.ts";
import { ReceiveQueue } from "./receive-queue.ts";

interface Item {
  readonly key: string;
  readonly text: string;
}

function setUp(): {
  clock: VirtualClock;
  queue: ReceiveQueue<Item>;
  emit: (key: string, text: string) => { handled: boolean };
} {
  const clock = new VirtualClock();
  const channel = new Channel<Item>();
  const queue = new ReceiveQueue(channel, clock, ({ key }) => key);
  return {
    clock,
    queue,
    emit: (key, text) => {
      const state = { handled: false };
      for (const outcome of channel.emit({ key, text })) {
        Promise.resolve(outcome).then(() => {
          state.handled = true;
        });
      }
      return state;
    },
  };
}

describe("ReceiveQueue", () => {
  it("returns queued events in order; each counts as handled when it is returned", async () => {
    const { clock, queue, emit } = setUp();
    const states = [emit("", "a"), emit("", "b")];
    await clock.advance(0);
    expect(states).toEqual([{ handled: false }, { handled: false }]);
    expect(await queue.receive(undefined, {})).toMatchObject({ text: "a" });
    await clock.advance(0);
    expect(states).toEqual([{ handled: true }, { handled: false }]);
    expect(await queue.receive(undefined, {})).toMatchObject({ text: "b" });
  });

  it("waits for events; several calls receive them in order", async () => {
    const { queue, emit } = setUp();
    const calls = [queue.receive(undefined, {}), queue.receive(undefined, {})];
    emit("", "a");
    emit("", "b");
    expect((await Promise.all(calls)).map((item) => item?.text)).toEqual(["a", "b"]);
  });

  it("returns nothing at once with block: false and an empty queue", async () => {
    const { queue, emit, clock } = setUp();
    expect(await queue.receive(undefined, { block: false })).toBeUndefined();
    emit("", "a");
    expect(await queue.receive(undefined, { block: false })).toMatchObject({ text: "a" });
    expect(clock.timers).toBe(0);
  });

  it("a timeout, in seconds, returns nothing and leaves nothing behind", async () => {
    const { queue, emit, clock } = setUp();
    let got: unknown = "waiting";
    const call = queue.receive(undefined, { timeout: 1.5 }).then((item) => {
      got = item;
    });
    await clock.advance(1499);
    expect(got).toBe("waiting");
    await clock.advance(1);
    await call;
    expect(got).toBeUndefined();
    expect(clock.timers).toBe(0);
    emit("", "a");
    expect(await queue.receive(undefined, {})).toMatchObject({ text: "a" });
  });

  it("an event in time leaves no timer or listener behind", async () => {
    const { queue, emit, clock } = setUp();
    const { signal } = new AbortController();
    const call = queue.receive(undefined, { timeout: 5, signal });
    emit("", "a");
    await call;
    expect(clock.timers).toBe(0);
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  it("a signal rejects with its reason, whether aborted before or after the call", async () => {
    const { queue, clock } = setUp();
    const controller = new AbortController();
    const call = queue.receive(undefined, { timeout: 5, signal: controller.signal });
    controller.abort(new RangeError("enough"));
    await expect(call).rejects.toThrow("enough");
    await expect(queue.receive(undefined, { signal: controller.signal })).rejects.toThrow("enough");
    expect(clock.timers).toBe(0);
  });

  it("a call with a key receives only that key, and calls without one receive the others", async () => {
    const { queue, emit } = setUp();
    queue.reserve("reboot");
    emit("reboot", "1");
    emit("other", "2");
    expect(await queue.receive(undefined, {})).toMatchObject({ text: "2" });
    expect(await queue.receive(undefined, { block: false })).toBeUndefined();
    expect(await queue.receive("reboot", {})).toMatchObject({ text: "1" });
    const waiting = queue.receive("reboot", {});
    emit("other", "3");
    emit("reboot", "4");
    expect(await waiting).toMatchObject({ text: "4" });
  });

  it("clear discards events that haven't been fetched, as handled", async () => {
    const { queue, emit, clock } = setUp();
    const state = emit("", "a");
    queue.clear();
    await clock.advance(0);
    expect(state.handled).toBe(true);
    expect(await queue.receive(undefined, { block: false })).toBeUndefined();
  });

  it("close rejects all waiting calls with the error", async () => {
    const { queue, clock } = setUp();
    const calls = [queue.receive(undefined, { timeout: 5 }), queue.receive("key", {})];
    const error = new Error("shut down");
    queue.close(error);
    for (const call of calls) await expect(call).rejects.toBe(error);
    expect(clock.timers).toBe(0);
  });
});
