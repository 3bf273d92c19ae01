import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { Channel, NotConsumed } from "./channel.ts";

/** A channel that notes each change of interest. */
function interesting(): { channel: Channel<number>; interest: boolean[] } {
  const interest: boolean[] = [];
  return { channel: new Channel((wanted) => interest.push(wanted)), interest };
}

async function settled(outcomes: unknown[]): Promise<unknown[]> {
  const results = await Promise.allSettled(outcomes);
  return results.map((result) => (result.status === "fulfilled" ? result.value : result.reason));
}

describe("Channel: handler property and listeners", () => {
  it("are one list, called in the order they were added, with the emitted value", () => {
    const { channel } = interesting();
    const calls: string[] = [];
    channel.listen((value) => calls.push(`first ${value}`));
    channel.handler = (value) => calls.push(`property ${value}`);
    channel.listen((value) => calls.push(`last ${value}`));
    channel.emit(7);
    expect(calls).toEqual(["first 7", "property 7", "last 7"]);
  });

  it("the property holds one function: assigning replaces it, undefined removes it", () => {
    const { channel } = interesting();
    const calls: string[] = [];
    const one = (): number => calls.push("one");
    const other = (): number => calls.push("other");
    expect(channel.handler).toBeUndefined();
    channel.handler = one;
    expect(channel.handler).toBe(one);
    channel.handler = other;
    expect(channel.handler).toBe(other);
    channel.emit(1);
    expect(calls).toEqual(["other"]);
    channel.handler = undefined;
    expect(channel.handler).toBeUndefined();
    expect(channel.emit(1)).toEqual([]);
  });

  it("interest begins with the first consumer and ends with the last; replacing the property keeps it", () => {
    const { channel, interest } = interesting();
    channel.handler = () => {};
    channel.handler = () => {};
    expect(interest).toEqual([true]);
    const stop = channel.listen(() => {});
    channel.handler = undefined;
    expect(channel.hasConsumers).toBe(true);
    expect(interest).toEqual([true]);
    stop();
    expect(channel.hasConsumers).toBe(false);
    expect(interest).toEqual([true, false]);
    channel.handler = () => {};
    expect(interest).toEqual([true, false, true]);
  });

  it("one function may listen twice, and each stop function removes one of them, once", () => {
    const { channel, interest } = interesting();
    let calls = 0;
    const listener = (): number => calls++;
    const stopOne = channel.listen(listener);
    const stopOther = channel.listen(listener);
    channel.emit(1);
    expect(calls).toBe(2);
    stopOne();
    stopOne();
    channel.emit(1);
    expect(calls).toBe(3);
    stopOther();
    expect(interest).toEqual([true, false]);
  });

  it("a signal removes a listener; an aborted one prevents adding it", () => {
    const { channel, interest } = interesting();
    const controller = new AbortController();
    let calls = 0;
    const stop = channel.listen(() => calls++, controller.signal);
    controller.abort();
    channel.emit(1);
    expect(calls).toBe(0);
    stop();
    const { signal } = new AbortController();
    channel.listen(() => {}, signal)();
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
    channel.listen(() => calls++, AbortSignal.abort());
    expect(channel.hasConsumers).toBe(false);
    expect(interest).toEqual([true, false, true, false]);
  });

  it("an exception or rejection is an outcome and doesn't affect other consumers", async () => {
    const { channel } = interesting();
    const calls: string[] = [];
    channel.listen(() => {
      throw new RangeError("thrown");
    });
    channel.listen(async () => {
      throw new RangeError("rejected");
    });
    channel.listen(() => calls.push("called all the same"));
    channel.listen(async () => "result");
    expect(await settled(channel.emit(1))).toEqual([
      new RangeError("thrown"),
      new RangeError("rejected"),
      1,
      "result",
    ]);
    expect(calls).toEqual(["called all the same"]);
  });
});

describe("Channel: iteration", () => {
  it("yields events in order, from the first request on", async () => {
    const { channel, interest } = interesting();
    const iterator = channel.iterate();
    channel.emit(0);
    expect(interest).toEqual([]);
    const first = iterator.next();
    expect(interest).toEqual([true]);
    channel.emit(1);
    channel.emit(2);
    expect(await first).toEqual({ value: 1, done: false });
    expect(await iterator.next()).toEqual({ value: 2, done: false });
    await iterator.return();
    expect(interest).toEqual([true, false]);
  });

  it("counts an event as handled when the loop requests the next one", async () => {
    const { channel } = interesting();
    const iterator = channel.iterate();
    const first = iterator.next();
    const handled: number[] = [];
    for (const value of [1, 2])
      for (const outcome of channel.emit(value)) Promise.resolve(outcome).then(() => handled.push(value));
    await first;
    await settled([]);
    expect(handled).toEqual([]);
    await iterator.next();
    await settled([]);
    expect(handled).toEqual([1]);
    await iterator.return();
    await settled([]);
    expect(handled).toEqual([1, 2]);
  });

  it("counts it as handled also when the loop ends with an exception", async () => {
    const { channel } = interesting();
    const outcomes: unknown[] = [];
    const loop = (async () => {
      for await (const value of channel.iterate()) throw new RangeError(`at ${value}`);
    })();
    await settled([]);
    outcomes.push(...channel.emit(1));
    await expect(loop).rejects.toThrow("at 1");
    expect(await settled(outcomes)).toEqual([undefined]);
    expect(channel.hasConsumers).toBe(false);
  });

  it("events that the loop never reached are NotConsumed", async () => {
    const { channel } = interesting();
    const iterator = channel.iterate();
    const first = iterator.next();
    const outcomes = [1, 2, 3].flatMap((value) => channel.emit(value));
    await first;
    await iterator.return();
    const [one, two, three] = await settled(outcomes);
    expect(one).toBeUndefined();
    expect(two).toBeInstanceOf(NotConsumed);
    expect(three).toBeInstanceOf(NotConsumed);
  });

  it("ends with its signal, whether it is waiting or has events queued", async () => {
    for (const events of [0, 3]) {
      const { channel, interest } = interesting();
      const controller = new AbortController();
      const iterator = channel.iterate(controller.signal);
      const first = iterator.next();
      const outcomes = Array.from({ length: events }, (_, at) => channel.emit(at)).flat();
      if (events > 0) await first;
      controller.abort();
      expect(await (events > 0 ? iterator.next() : first)).toEqual({ value: undefined, done: true });
      expect(interest).toEqual([true, false]);
      await settled(outcomes);
    }
  });

  it("doesn't start with an aborted signal or on a closed channel, and shows no interest", async () => {
    const { channel, interest } = interesting();
    expect(await channel.iterate(AbortSignal.abort()).next()).toEqual({ value: undefined, done: true });
    channel.close();
    expect(await channel.iterate().next()).toEqual({ value: undefined, done: true });
    expect(interest).toEqual([]);
  });

  it("several iterators each get every event", async () => {
    const { channel } = interesting();
    const iterators = [channel.iterate(), channel.iterate()];
    const firsts = iterators.map((iterator) => iterator.next());
    channel.emit(5);
    expect((await Promise.all(firsts)).map(({ value }) => value)).toEqual([5, 5]);
    for (const iterator of iterators) await iterator.return();
  });
});

describe("Channel: close", () => {
  it("removes all consumers: nothing is called, the property is empty, iterations end", async () => {
    const { channel } = interesting();
    let calls = 0;
    channel.handler = () => calls++;
    channel.listen(() => calls++);
    const iterator = channel.iterate();
    const waiting = iterator.next();
    channel.close();
    expect(await waiting).toEqual({ value: undefined, done: true });
    expect(channel.emit(1)).toEqual([]);
    expect(calls).toBe(0);
    expect(channel.handler).toBeUndefined();
    expect(channel.hasConsumers).toBe(false);
  });

  it("ends an iteration with queued events, which are NotConsumed", async () => {
    const { channel } = interesting();
    const iterator = channel.iterate();
    const first = iterator.next();
    const outcomes = [1, 2].flatMap((value) => channel.emit(value));
    await first;
    channel.close();
    expect(await iterator.next()).toEqual({ value: undefined, done: true });
    expect((await settled(outcomes))[1]).toBeInstanceOf(NotConsumed);
  });
});
