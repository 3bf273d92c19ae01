import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { copyBytes, reserve, take } from "./byte-pool.ts";

describe("byte pool", () => {
  it("pieces of any size keep their bytes, no matter how many follow", () => {
    const bytes = fc.uint8Array({ maxLength: 300 });
    const size = fc.oneof(fc.nat({ max: 300 }), fc.integer({ min: 16_000, max: 17_000 }));
    fc.assert(
      fc.property(fc.array(fc.tuple(bytes, size), { maxLength: 400 }), (pieces) => {
        const made = pieces.map(([content, slack], at) => {
          const piece = reserve(content.length + slack);
          expect(piece.length).toBe(content.length + slack);
          piece.fill(at);
          piece.set(content, slack);
          return take(piece, slack, slack + content.length);
        });
        for (const [at, [content]] of pieces.entries()) expect(made[at]).toEqual(content);
      }),
    );
  });

  it("copies are independent, small or large, also of arrays whose slice() shares memory, and of parts of a buffer", () => {
    for (const length of [0, 1, 300, 16_384, 16_385, 200_000]) {
      for (const source of [new Uint8Array(length), Buffer.alloc(length)]) {
        source.fill(1);
        const copy = copyBytes(source);
        const part = copyBytes(source.subarray(length / 2));
        source.fill(2);
        expect(copy).toEqual(new Uint8Array(length).fill(1));
        expect(part).toEqual(new Uint8Array(length - Math.floor(length / 2)).fill(1));
      }
    }
  });
});
