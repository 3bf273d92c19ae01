import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { WriteCoalescer } from "./write-coalescer.ts";

function setUp(room: () => boolean = () => true): {
  coalescer: WriteCoalescer;
  writes: number[][];
  endTick: () => void;
} {
  const writes: number[][] = [];
  const scheduled: (() => void)[] = [];
  const coalescer = new WriteCoalescer(
    (block) => {
      writes.push([...block]);
      return room();
    },
    (run) => scheduled.push(run),
  );
  const endTick = (): void => {
    for (const run of scheduled.splice(0)) run();
  };
  return { coalescer, writes, endTick };
}

describe("WriteCoalescer", () => {
  it("writes everything sent in one tick as one block, in order", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 20 }), { minLength: 1 }), (blocks) => {
        const { coalescer, writes, endTick } = setUp();
        for (const block of blocks) coalescer.send(block);
        expect(writes).toEqual([]);
        endTick();
        expect(writes).toEqual([blocks.flatMap((block) => [...block])]);
      }),
    );
  });

  it("writes once per tick, and nothing in a tick without a send", () => {
    const { coalescer, writes, endTick } = setUp();
    coalescer.send(Uint8Array.of(1));
    endTick();
    endTick();
    coalescer.send(Uint8Array.of(2));
    coalescer.send(Uint8Array.of(3));
    endTick();
    expect(writes).toEqual([[1], [2, 3]]);
  });

  it("passes a single block on without copying it", () => {
    const block = Uint8Array.of(1, 2);
    let written: Uint8Array | undefined;
    const coalescer = new WriteCoalescer(
      (bytes) => {
        written = bytes;
        return true;
      },
      (run) => run,
    );
    coalescer.send(block);
    coalescer.flush();
    expect(written).toBe(block);
  });

  it("reports a full connection from the write that filled it until it has drained", () => {
    const { coalescer, endTick } = setUp(() => false);
    expect(coalescer.send(Uint8Array.of(1))).toBe(true);
    endTick();
    expect(coalescer.send(Uint8Array.of(2))).toBe(false);
    coalescer.drained();
    expect(coalescer.send(Uint8Array.of(3))).toBe(true);
  });

  it("flushes at once on request, and writes nothing twice", () => {
    const { coalescer, writes, endTick } = setUp();
    coalescer.send(Uint8Array.of(1));
    coalescer.flush();
    expect(writes).toEqual([[1]]);
    endTick();
    expect(writes).toEqual([[1]]);
  });

  it("discards the collected bytes when closed", () => {
    const { coalescer, writes, endTick } = setUp();
    coalescer.send(Uint8Array.of(1));
    coalescer.close();
    coalescer.send(Uint8Array.of(2));
    endTick();
    coalescer.flush();
    expect(writes).toEqual([]);
  });
});
