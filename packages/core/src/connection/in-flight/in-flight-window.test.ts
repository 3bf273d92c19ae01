import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConnectionDroppedError, OperationTimeoutError } from "../../errors.ts";
import { highestPublishId } from "../../mqtt/engine.ts";
import { encodePublish } from "../../mqtt/publish-packet.ts";
import { payloadText } from "../../testing/payload.ts";
import { openLink, type ScriptedLink } from "../../testing/scripted-engine.ts";
import { VirtualClock } from "../../testing/virtual-clock.ts";
import type { Clock } from "../../util/clock.ts";
import type { OperationOptions } from "../../util/deadline.ts";
import { utf8 } from "../../util/text.ts";
import { noPrefix } from "./in-flight-entry.ts";
import { InFlightWindow } from "./in-flight-window.ts";

/** The outcome of a message; undefined while it waits. */
type Outcome = "sent" | Error | string | undefined;

const packetOf = (topic: string, payload: string): Uint8Array =>
  encodePublish({ topic, payload, qos: 1, dup: false, packetId: 0 });

/** A window on a virtual clock, with the outcome of each message. */
class Post {
  readonly clock = new VirtualClock(0);
  readonly window: InFlightWindow;
  readonly outcomes: Outcome[] = [];

  constructor(limit = 1000, clock?: Clock) {
    this.window = new InFlightWindow(
      clock ?? this.clock,
      { prefix: noPrefix, state: { reason: undefined } },
      limit,
    );
  }

  add(text: string, options: OperationOptions = {}): number {
    const at = this.outcomes.push(undefined) - 1;
    this.window
      .add(
        { operation: "Sending", packet: packetOf(`topic/${text}`, text), prefix: noPrefix },
        options,
        60_000,
      )
      .then(
        () => {
          this.outcomes[at] = "sent";
        },
        (error: Error | string) => {
          this.outcomes[at] = error;
        },
      );
    return at;
  }

  /** Attaches a connection, whose acknowledgements go to the window. */
  attach(scripted: ScriptedLink): void {
    scripted.acknowledged = (packetId) => this.window.acknowledged(packetId);
    this.window.attach(scripted.link);
  }

  addAll(...texts: string[]): void {
    for (const text of texts) this.add(text);
  }

  /** Lets promises settle. */
  rest(): Promise<void> {
    return this.clock.advance(0);
  }
}

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const texts = ({ session }: ScriptedLink): string[] =>
  session.published.map(({ payload }) => payloadText(payload));
const range = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, at) => String(at + from));

it("InFlightWindow ends a message within twice its time-out if the clock is set back", async () => {
  const messages = new Post();
  messages.add("a", { timeoutMs: 60_000 });
  await messages.clock.advance(1000);
  messages.clock.jump(-86_400_000);
  await messages.clock.advance(120_000);
  expect(messages.outcomes).toMatchObject([{ code: "operation_timeout" }]);
  expect(messages.clock.timers).toBe(0);
});

describe("InFlightWindow: sending", () => {
  it("sends a message at QoS 1 without DUP, with its topic and payload, and resolves with its acknowledgement", async () => {
    const messages = new Post();
    const open = await openLink();
    const { session } = open;
    messages.attach(open);
    messages.add("a");
    expect(session.published).toEqual([
      { topic: "topic/a", payload: utf8("a"), qos: 1, dup: false, packetId: 1 },
    ]);
    await messages.rest();
    expect(messages.outcomes).toEqual([undefined]);
    session.ack(1);
    await messages.rest();
    expect(messages.outcomes).toEqual(["sent"]);
    expect(messages.window.size).toBe(0);
    expect(messages.clock.timers).toBe(0);
  });

  it("has at most its limit in flight, and sends the next message in order with each acknowledgement", async () => {
    const messages = new Post(3);
    const open = await openLink();
    messages.attach(open);
    messages.addAll(...range(7));
    expect(texts(open)).toEqual(["0", "1", "2"]);
    open.session.ack(2);
    expect(texts(open)).toEqual(["0", "1", "2", "3"]);
    open.session.ack(1, 3);
    expect(texts(open)).toEqual(range(6));
    open.session.ack(...open.session.ids);
    open.session.ack(...open.session.ids);
    await messages.rest();
    expect(texts(open)).toEqual(range(7));
    expect(messages.outcomes).toEqual(Array(7).fill("sent"));
    expect(messages.clock.timers).toBe(0);
  });

  it("keeps the order also for a message that is added while others wait", async () => {
    const messages = new Post(1);
    const open = await openLink();
    messages.attach(open);
    messages.addAll("0", "1");
    open.session.ack(1);
    messages.addAll("2", "3");
    open.session.ack(2);
    open.session.ack(3);
    expect(texts(open)).toEqual(range(4));
  });

  it("sends nothing before there is a connection, and then everything in order", async () => {
    const messages = new Post();
    messages.addAll(...range(5));
    expect(messages.window.size).toBe(5);
    const open = await openLink();
    messages.attach(open);
    expect(texts(open)).toEqual(range(5));
    expect(open.session.published.every(({ dup }) => !dup)).toBe(true);
  });

  it("waits while the connection's buffer is full, and continues with pump()", async () => {
    const messages = new Post();
    const open = await openLink();
    messages.attach(open);
    open.runtime.room = false;
    messages.addAll(...range(3));
    expect(texts(open)).toEqual(["0"]);
    open.runtime.room = true;
    open.wire.onDrain();
    messages.window.pump();
    expect(texts(open)).toEqual(range(3));
  });

  it("ignores an unknown or repeated acknowledgement", async () => {
    const messages = new Post();
    const open = await openLink();
    const { session } = open;
    messages.attach(open);
    messages.addAll("a", "b");
    session.ack(7, 1, 1);
    await messages.rest();
    expect(messages.outcomes).toEqual(["sent", undefined]);
    expect(messages.window.size).toBe(1);
  });

  it("knows when the oldest message in flight was sent", async () => {
    const open = await openLink();
    const { session, clock } = open;
    const messages = new Post(2, clock);
    const start = clock.now();
    messages.attach(open);
    expect(messages.window.unackedSince).toBeUndefined();
    messages.add("a");
    await clock.advance(100);
    messages.addAll("b", "c");
    expect(messages.window.unackedSince).toBe(start);
    session.ack(1);
    expect(messages.window.unackedSince).toBe(start + 100);
    session.ack(2, 3);
    expect(messages.window.unackedSince).toBeUndefined();
    messages.add("d");
    expect(messages.window.unackedSince).toBe(start + 100);
    // The next connection isn't judged by the messages that a lost one left open.
    messages.window.detach();
    expect(messages.window.unackedSince).toBeUndefined();
  });
});

describe("InFlightWindow: overtaken messages", () => {
  /** Acknowledges messages at a time. */
  async function ackAt(scripted: ScriptedLink, now: number, ...packetIds: number[]): Promise<void> {
    await scripted.clock.advance(now - scripted.clock.now());
    scripted.wire.onData(Uint8Array.of(0));
    scripted.session.ack(...packetIds);
  }

  async function five(): Promise<{ messages: Post; open: ScriptedLink; start: number }> {
    const messages = new Post();
    const open = await openLink();
    messages.attach(open);
    messages.addAll("a", "b", "c", "d", "e");
    return { messages, open, start: open.clock.now() };
  }

  it("are overtaken since the first acknowledgement of a later one, until they are acknowledged", async () => {
    const { messages, open, start } = await five();
    expect(messages.window.overtakenSince).toBeUndefined();
    await ackAt(open, start + 10, 2);
    await ackAt(open, start + 20, 3);
    expect(messages.window.overtakenSince).toBe(start + 10);
    await ackAt(open, start + 30, 1);
    expect(messages.window.overtakenSince).toBeUndefined();
    expect(messages.window.unackedSince).toBe(start + 30);
    open.link.abort();
  });

  it("are still overtaken when the one before them, which was too, is acknowledged", async () => {
    const { messages, open, start } = await five();
    await ackAt(open, start + 10, 3);
    await ackAt(open, start + 20, 1);
    expect(messages.window.overtakenSince).toBe(start + 20);
    await ackAt(open, start + 30, 2);
    expect(messages.window.overtakenSince).toBeUndefined();
    open.link.abort();
  });

  it("are not overtaken over the next connection by what the last one acknowledged", async () => {
    const { messages, open, start } = await five();
    await ackAt(open, start + 10, 5);
    open.link.abort();
    messages.window.detach();
    const next = await openLink();
    messages.attach(next);
    expect(messages.window.overtakenSince).toBeUndefined();
    next.session.ack(1);
    expect(messages.window.overtakenSince).toBeUndefined();
    next.session.ack(3);
    expect(messages.window.overtakenSince).toBe(next.link.lastInAt);
    next.link.abort();
  });
});

describe("InFlightWindow: packet ids", () => {
  it("ignores a PUBACK for an id that was never used, and a repeated one", async () => {
    const messages = new Post();
    messages.attach(await openLink());
    messages.addAll("a", "b");
    for (const packetId of [99, 0, 1, 1]) messages.window.acknowledged(packetId);
    await messages.rest();
    expect(messages.outcomes).toEqual(["sent", undefined]);
    expect(messages.window.size).toBe(1);
    messages.window.acknowledged(2);
  });

  it("count up and wrap at 0x7fff, because the engine uses higher ones", async () => {
    const messages = new Post(1);
    const open = await openLink();
    const { session } = open;
    messages.attach(open);
    for (let count = 0; count < highestPublishId + 2; count++) {
      messages.add("x");
      session.ack(session.published.at(-1)?.packetId ?? 0);
    }
    expect(session.ids.slice(0, highestPublishId)).toEqual(range(highestPublishId, 1).map(Number));
    expect(session.ids.slice(highestPublishId)).toEqual([1, 2]);
  });

  it("never collide with ids in flight, in whatever order those are acknowledged", async () => {
    const messages = new Post(1000);
    const open = await openLink();
    const { session } = open;
    messages.attach(open);
    // The first three stay unacknowledged for the whole round.
    messages.addAll("a", "b", "c");
    const inFlight = new Set([1, 2, 3]);
    for (let count = 0; count < highestPublishId * 2; count++) {
      messages.add("x");
      const id = session.published.at(-1)?.packetId ?? 0;
      expect(inFlight.has(id)).toBe(false);
      session.ack(id);
    }
    session.ack(1, 2, 3);
    expect(messages.window.size).toBe(0);
  });

  it("stay below 0x8000 and distinct for any sequence of messages and acknowledgements", async () => {
    const open = await openLink();
    const { session } = open;
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 9 }), { maxLength: 200 }), (steps) => {
        const messages = new Post(5);
        messages.attach(open);
        const inFlight = new Set<number>();
        const from = session.published.length;
        let seen = from;
        const look = (): void => {
          for (const { packetId } of session.published.slice(seen)) {
            expect(inFlight.has(packetId)).toBe(false);
            expect(packetId).toBeGreaterThan(0);
            expect(packetId).toBeLessThanOrEqual(highestPublishId);
            inFlight.add(packetId);
          }
          seen = session.published.length;
        };
        for (const step of steps) {
          const open = [...inFlight];
          if (step < 5 || open.length === 0) messages.add("x");
          else {
            const id = open[step % open.length] ?? 0;
            inFlight.delete(id);
            session.ack(id);
          }
          look();
          expect(inFlight.size).toBeLessThanOrEqual(5);
        }
        messages.window.failAll(new Error("over"));
      }),
    );
  });
});

describe("InFlightWindow: after a lost connection", () => {
  it("resends all messages in flight immediately, in order, with DUP and the same packet id [MQTT-4.4.0-1]", async () => {
    const messages = new Post(4);
    const first = await openLink();
    messages.attach(first);
    messages.addAll(...range(6));
    first.session.ack(2);
    messages.window.detach();
    const second = await openLink();
    messages.attach(second);
    expect(
      second.session.published.map(({ packetId, dup, payload }) => [packetId, dup, payloadText(payload)]),
    ).toEqual([
      [1, true, "0"],
      [3, true, "2"],
      [4, true, "3"],
      [5, true, "4"],
    ]);
    second.session.ack(1, 3, 4, 5);
    expect(texts(second)).toEqual(["0", "2", "3", "4", "5"]);
    expect(second.session.published.at(-1)).toMatchObject({ dup: false });
    second.session.ack(...second.session.ids);
    await messages.rest();
    expect(messages.outcomes).toEqual(Array(6).fill("sent"));
    expect(messages.clock.timers).toBe(0);
  });

  it("resends them again after each further lost connection", async () => {
    const messages = new Post();
    messages.addAll("a", "b");
    for (let drop = 0; drop < 5; drop++) {
      const open = await openLink();
      messages.attach(open);
      expect(open.session.published.map(({ packetId, dup }) => [packetId, dup])).toEqual([
        [1, drop > 0],
        [2, drop > 0],
      ]);
      messages.window.detach();
    }
  });

  it("sends messages that were added meanwhile after those that were in flight", async () => {
    const messages = new Post();
    const first = await openLink();
    messages.attach(first);
    messages.add("in flight");
    messages.window.detach();
    messages.add("later");
    const second = await openLink();
    messages.attach(second);
    expect(
      second.session.published.map(({ payload, dup, packetId }) => [payloadText(payload), dup, packetId]),
    ).toEqual([
      ["in flight", true, 1],
      ["later", false, 2],
    ]);
  });

  it("does not resend messages that were aborted in flight", async () => {
    const messages = new Post();
    const controller = new AbortController();
    const first = await openLink();
    messages.attach(first);
    messages.add("given up", { signal: controller.signal });
    messages.add("kept");
    controller.abort("enough");
    messages.window.detach();
    const second = await openLink();
    messages.attach(second);
    expect(texts(second)).toEqual(["kept"]);
    second.session.ack(2);
    await messages.rest();
    expect(messages.outcomes).toEqual(["enough", "sent"]);
    expect(messages.window.size).toBe(0);
  });

  it("acknowledges or resends every message, for any sequence of lost connections", async () => {
    const links = await Promise.all(Array.from({ length: 12 }, () => openLink()));
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({ add: fc.nat({ max: 6 }), acks: fc.array(fc.nat({ max: 9 }), { maxLength: 6 }) }),
          {
            minLength: 1,
            maxLength: 11,
          },
        ),
        async (sessions) => {
          const messages = new Post(4);
          const delivered = new Set<string>();
          let added = 0;
          const acknowledge = (open: ScriptedLink, from: number, pick: number): void => {
            const message = open.session.published.slice(from)[pick];
            if (message === undefined) return;
            delivered.add(payloadText(message.payload));
            open.session.ack(message.packetId);
          };
          for (const [at, { add, acks }] of sessions.entries()) {
            const open = links[at];
            if (open === undefined) continue;
            const from = open.session.published.length;
            messages.attach(open);
            for (let count = 0; count < add; count++) messages.add(String(added++));
            for (const pick of acks) acknowledge(open, from, pick);
            messages.window.detach();
          }
          const last = await openLink();
          messages.attach(last);
          for (let pick = 0; pick < last.session.published.length; pick++) acknowledge(last, 0, pick);
          await messages.rest();
          expect(messages.outcomes).toEqual(Array(added).fill("sent"));
          expect(delivered.size).toBe(added);
          expect(messages.clock.timers).toBe(0);
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe("InFlightWindow: time-outs and signals", () => {
  it("a message that waits too long for a connection rejects with OperationTimeoutError, and is not sent later", async () => {
    const messages = new Post();
    messages.add("a", { timeoutMs: 1000 });
    await messages.clock.advance(999);
    expect(messages.outcomes).toEqual([undefined]);
    await messages.clock.advance(1);
    expect(messages.outcomes[0]).toBeInstanceOf(OperationTimeoutError);
    expect(messages.outcomes[0]).toMatchObject({
      code: "operation_timeout",
      message: "Sending did not finish within 1000 ms: the message was not sent",
    });
    const open = await openLink();
    messages.attach(open);
    expect(texts(open)).toEqual([]);
    expect(messages.clock.timers).toBe(0);
    expect(messages.window.size).toBe(0);
  });

  it("so does a message in flight; its packet id stays in use until the hub acknowledges it", async () => {
    const messages = new Post(1);
    const open = await openLink();
    messages.attach(open);
    messages.add("late", { timeoutMs: 1000 });
    await messages.clock.advance(1000);
    expect(messages.outcomes[0]).toBeInstanceOf(OperationTimeoutError);
    messages.add("next");
    expect(texts(open)).toEqual(["late"]);
    open.session.ack(1);
    expect(open.session.published.map(({ packetId, payload }) => [packetId, payloadText(payload)])).toEqual([
      [1, "late"],
      [2, "next"],
    ]);
    open.session.ack(2);
    await messages.rest();
    expect(messages.outcomes[1]).toBe("sent");
    expect(messages.clock.timers).toBe(0);
  });

  it("messages behind an aborted one are all sent", async () => {
    const messages = new Post(1);
    const open = await openLink();
    messages.attach(open);
    messages.addAll(...range(5));
    open.session.ack(1);
    messages.add("late", { timeoutMs: 1000 });
    messages.addAll("5", "6");
    await messages.clock.advance(1000);
    for (let id = 2; id <= 7; id++) open.session.ack(id);
    await messages.rest();
    expect(texts(open)).toEqual(range(7));
    expect(messages.outcomes.filter((outcome) => outcome === "sent")).toHaveLength(7);
    expect(messages.clock.timers).toBe(0);
  });

  it("each message has its own time-out, in whatever order they were added", async () => {
    const messages = new Post();
    const times = [5000, 1000, 3000, 60_000, 1000, Number.POSITIVE_INFINITY];
    for (const timeoutMs of times) messages.add("x", { timeoutMs });
    const expired = async (ms: number): Promise<number[]> => {
      await messages.clock.advance(ms);
      return messages.outcomes.flatMap((outcome, at) => (outcome === undefined ? [] : [at]));
    };
    expect(await expired(999)).toEqual([]);
    expect(await expired(1)).toEqual([1, 4]);
    expect(await expired(2000)).toEqual([1, 2, 4]);
    expect(await expired(2000)).toEqual([0, 1, 2, 4]);
    expect(await expired(55_000)).toEqual([0, 1, 2, 3, 4]);
    expect(await expired(1e10)).toEqual([0, 1, 2, 3, 4]);
    expect(messages.clock.timers).toBe(0);
  });

  it("a message without a time-out has the client's", async () => {
    const messages = new Post();
    messages.add("a");
    await messages.clock.advance(59_999);
    expect(messages.outcomes).toEqual([undefined]);
    await messages.clock.advance(1);
    expect(messages.outcomes[0]).toMatchObject({
      message: "Sending did not finish within 60000 ms: the message was not sent",
    });
  });

  it("a message whose signal is aborted while it waits rejects with the reason and is not sent", async () => {
    const messages = new Post();
    const controller = new AbortController();
    messages.add("a", { signal: controller.signal });
    messages.add("b");
    controller.abort(new RangeError("enough"));
    await messages.rest();
    expect(messages.outcomes).toEqual([new RangeError("enough"), undefined]);
    const open = await openLink();
    messages.attach(open);
    expect(texts(open)).toEqual(["b"]);
  });

  it("a message whose signal is already aborted is rejected immediately", () => {
    const messages = new Post();
    expect(() =>
      messages.window.add(
        { operation: "Sending", packet: packetOf("t", ""), prefix: noPrefix },
        { signal: AbortSignal.abort("no") },
        1000,
      ),
    ).toThrow("no");
    expect(() =>
      messages.window.add(
        { operation: "Sending", packet: packetOf("t", ""), prefix: noPrefix },
        { timeoutMs: 0 },
        1000,
      ),
    ).toThrow("timeoutMs must be a number of milliseconds greater than 0, got 0");
    expect(messages.clock.timers).toBe(0);
    expect(messages.window.size).toBe(0);
  });

  it("nothing is left after all messages were aborted: no message, no timer", async () => {
    const messages = new Post();
    const controller = new AbortController();
    const open = await openLink();
    messages.add("waits", { signal: controller.signal });
    messages.attach(open);
    open.runtime.room = false;
    messages.add("in flight", { signal: controller.signal });
    messages.add("behind it", { signal: controller.signal });
    controller.abort("enough");
    await messages.rest();
    expect(messages.outcomes).toEqual(["enough", "enough", "enough"]);
    expect(messages.window.size).toBe(0);
    expect(messages.clock.timers).toBe(0);
  });

  it("an abort after the acknowledgement has no effect", async () => {
    const messages = new Post();
    const controller = new AbortController();
    const open = await openLink();
    const { session } = open;
    messages.attach(open);
    messages.add("a", { signal: controller.signal });
    session.ack(1);
    controller.abort("late");
    await messages.rest();
    expect(messages.outcomes).toEqual(["sent"]);
  });

  it("keep the process alive while a message waits, and only then", async () => {
    const inner = new VirtualClock(0);
    let holding = 0;
    const clock: Clock = {
      now: () => inner.now(),
      setTimer: (run, ms, idle) => {
        if (idle === true) return inner.setTimer(run, ms);
        holding++;
        const timer = inner.setTimer(() => {
          holding--;
          run();
        }, ms);
        let over = false;
        return {
          cancel: () => {
            if (!over) holding--;
            over = true;
            timer.cancel();
          },
        };
      },
    };
    const messages = new Post(10, clock);
    const open = await openLink();
    const { session } = open;
    expect(holding).toBe(0);
    messages.add("a");
    expect(holding).toBe(1);
    messages.attach(open);
    expect(holding).toBe(1);
    session.ack(1);
    expect(holding).toBe(0);
  });
});

describe("InFlightWindow: draining and failing", () => {
  it("drain() stops sending and resolves once nothing is in flight", async () => {
    const messages = new Post(2);
    const open = await openLink();
    messages.attach(open);
    messages.addAll(...range(4));
    let drained = 0;
    messages.window.drain().then(() => drained++);
    messages.add("4");
    open.session.ack(1);
    await messages.rest();
    expect(drained).toBe(0);
    open.session.ack(2);
    await messages.rest();
    expect(drained).toBe(1);
    expect(texts(open)).toEqual(["0", "1"]);
    messages.window.detach();
    await messages.rest();
    expect(drained).toBe(1);
    const next = await openLink();
    messages.attach(next);
    expect(texts(next)).toEqual(["2", "3"]);
    expect(next.session.published.every(({ dup }) => !dup)).toBe(true);
  });

  it("drain() resolves immediately if nothing is in flight, and when the connection is lost", async () => {
    const messages = new Post();
    const open = await openLink();
    messages.attach(open);
    let drained = 0;
    messages.window.drain().then(() => drained++);
    await messages.rest();
    expect(drained).toBe(1);
    messages.attach(open);
    messages.add("a");
    messages.window.drain().then(() => drained++);
    await messages.rest();
    expect(drained).toBe(1);
    messages.window.detach();
    await messages.rest();
    expect(drained).toBe(2);
  });

  it("drain() resolves when everything in flight has failed", async () => {
    const messages = new Post();
    const open = await openLink();
    messages.attach(open);
    messages.add("a");
    let drained = 0;
    messages.window.drain().then(() => drained++);
    messages.window.failAll(new Error("over"));
    await messages.rest();
    expect(drained).toBe(1);
  });

  it("failAll() rejects all messages with the same error, and sends none of them later", async () => {
    const messages = new Post(2);
    const first = await openLink();
    messages.attach(first);
    messages.addAll(...range(4));
    const error = new ConnectionDroppedError("connection_dropped", "over");
    messages.window.failAll(error);
    await messages.rest();
    expect(messages.outcomes).toEqual([error, error, error, error]);
    expect(messages.window.size).toBe(0);
    expect(messages.clock.timers).toBe(0);
    const second = await openLink();
    messages.attach(second);
    messages.add("new");
    expect(texts(second)).toEqual(["new"]);
    first.session.ack(1, 2);
    second.session.ack(...second.session.ids);
    await messages.rest();
    expect(messages.outcomes.at(-1)).toBe("sent");
  });

  it("does not keep aborted messages in memory, however long there is no connection", async () => {
    const messages = new Post();
    const packets: WeakRef<Uint8Array>[] = [];
    for (let count = 0; count < 3000; count++) {
      const packet = packetOf("t", "x");
      packets.push(new WeakRef(packet));
      const controller = new AbortController();
      const sent = messages.window.add(
        { operation: "Sending", packet: packet, prefix: noPrefix },
        { signal: controller.signal },
        60_000,
      );
      controller.abort("enough");
      await expect(sent).rejects.toBe("enough");
    }
    messages.add("kept");
    expect(messages.window.size).toBe(1);
    // A weak reference keeps its target until the end of the turn in which it was created.
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
    expect(packets.filter((payload) => payload.deref() !== undefined).length).toBeLessThan(1500);
  });

  it("sends ten thousand messages through a small window in order", async () => {
    const messages = new Post(7);
    const open = await openLink();
    messages.addAll(...range(10_000));
    messages.attach(open);
    for (let at = 0; at < 10_000; at++) open.session.ack(open.session.published[at]?.packetId ?? 0);
    await messages.rest();
    expect(texts(open)).toEqual(range(10_000));
    expect(messages.outcomes.every((outcome) => outcome === "sent")).toBe(true);
    expect(messages.clock.timers).toBe(0);
  });
});
