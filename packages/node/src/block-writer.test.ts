import { setImmediate as nextTurn } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { BlockWriter } from "./block-writer.ts";

function setUp(room: () => boolean = () => true): { writer: BlockWriter; writes: Uint8Array[][] } {
  const writes: Uint8Array[][] = [];
  const writer = new BlockWriter((blocks) => {
    writes.push(blocks);
    return room();
  });
  return { writer, writes };
}

const bytesOf = (writes: Uint8Array[][]): number[][] =>
  writes.map((blocks) => blocks.flatMap((one) => [...one]));
const endOfTurn = (): Promise<void> => nextTurn();

describe("BlockWriter", () => {
  it("writes everything sent in one turn in order, wherever it lies", async () => {
    const memory = new Uint8Array(64).map((_, at) => at);
    const part = fc.tuple(fc.nat({ max: 63 }), fc.nat({ max: 20 }), fc.boolean());
    await fc.assert(
      fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 60 }), async (parts) => {
        const { writer, writes } = setUp();
        const sent = parts.map(([at, length, shares]) =>
          shares ? memory.subarray(at, at + length) : memory.slice(at, at + length),
        );
        for (const bytes of sent) writer.send(bytes);
        expect(writes.length).toBe(sent.length < 8 ? 0 : sent.length < 40 ? 1 : 2);
        await endOfTurn();
        expect(bytesOf(writes).flat()).toEqual(sent.flatMap((bytes) => [...bytes]));
      }),
    );
  });

  it("passes bytes on without copying them, and those that lie one behind the other as one block", () => {
    const { writer, writes } = setUp();
    const memory = new Uint8Array(100_000);
    for (const [from, to] of [
      [0, 20_000],
      [20_000, 40_000],
      [60_000, 80_000],
      [40_000, 60_000],
    ] as const)
      writer.send(memory.subarray(from, to));
    writer.flush();
    const [blocks = []] = writes;
    expect(blocks.map(({ byteOffset, length }) => [byteOffset, length])).toEqual([
      [0, 40_000],
      [60_000, 20_000],
      [40_000, 20_000],
    ]);
    expect(blocks.every(({ buffer }) => buffer === memory.buffer)).toBe(true);
  });

  it("joins small pieces from different places into one block", () => {
    const { writer, writes } = setUp();
    for (let at = 0; at < 100; at++) writer.send(Uint8Array.of(at));
    writer.flush();
    expect(writes.map((blocks) => blocks.map(({ length }) => length))).toEqual([[8], [32], [60]]);
  });

  it("doesn't join the end of one buffer with the middle of another", () => {
    const { writer, writes } = setUp();
    writer.send(Uint8Array.of(1, 2));
    writer.send(Uint8Array.of(3, 4, 5).subarray(2));
    writer.flush();
    expect(bytesOf(writes)).toEqual([[1, 2, 5]]);
  });

  it("writes the first packets of a turn early, then four times as many, and the rest when the turn is over", async () => {
    const { writer, writes } = setUp();
    const sizes = (): number[] => writes.map((blocks) => blocks.reduce((sum, { length }) => sum + length, 0));
    const memory = new Uint8Array(100);
    const send = (count: number): void => {
      for (let at = 0; at < count; at++) writer.send(memory.subarray(at, at + 1));
    };
    send(7);
    expect(sizes()).toEqual([]);
    send(43);
    expect(sizes()).toEqual([8, 32]);
    await endOfTurn();
    expect(sizes()).toEqual([8, 32, 10]);
    send(8);
    expect(sizes()).toEqual([8, 32, 10, 8]);
    await endOfTurn();
    expect(sizes()).toEqual([8, 32, 10, 8]);
  });

  it("collects what is sent in microtasks and ticks of the same turn", async () => {
    const { writer, writes } = setUp();
    writer.send(Uint8Array.of(1));
    process.nextTick(() => process.nextTick(() => writer.send(Uint8Array.of(3))));
    await Promise.resolve();
    writer.send(Uint8Array.of(2));
    await endOfTurn();
    expect(bytesOf(writes)).toEqual([[1, 2, 3]]);
  });

  it("writes while a test has replaced the timers", async () => {
    vi.useFakeTimers();
    try {
      const { writer, writes } = setUp();
      writer.send(Uint8Array.of(1));
      await endOfTurn();
      expect(bytesOf(writes)).toEqual([[1]]);
    } finally {
      vi.useRealTimers();
    }
  });

  it("writes once per turn, and nothing in a turn without a send", async () => {
    const { writer, writes } = setUp();
    writer.send(Uint8Array.of(1));
    await endOfTurn();
    await endOfTurn();
    writer.send(Uint8Array.of(2));
    writer.send(Uint8Array.of(3));
    await endOfTurn();
    expect(bytesOf(writes)).toEqual([[1], [2, 3]]);
  });

  it("reports a full connection from the write that filled it until it has drained", () => {
    const { writer } = setUp(() => false);
    expect(writer.send(Uint8Array.of(1))).toBe(true);
    writer.flush();
    expect(writer.send(Uint8Array.of(2))).toBe(false);
    writer.drained();
    expect(writer.send(Uint8Array.of(3))).toBe(true);
  });

  it("flushes at once on request, and writes nothing twice", async () => {
    const { writer, writes } = setUp();
    writer.send(Uint8Array.of(1));
    writer.flush();
    await endOfTurn();
    expect(bytesOf(writes)).toEqual([[1]]);
  });

  it("discards the collected bytes when closed", async () => {
    const { writer, writes } = setUp();
    writer.send(Uint8Array.of(1));
    writer.close();
    writer.send(Uint8Array.of(2));
    await endOfTurn();
    writer.flush();
    expect(writes).toEqual([]);
  });
});
