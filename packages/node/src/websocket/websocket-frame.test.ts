import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeFrame } from "./websocket-frame.ts";

/** Reads a masked frame as RFC 6455 describes it, byte by byte. */
function decode(frame: Uint8Array): {
  first: number;
  isMasked: boolean;
  key: Uint8Array;
  payload: Uint8Array;
} {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  const code = view.getUint8(1) & 0x7f;
  const length = code === 126 ? view.getUint16(2) : code === 127 ? Number(view.getBigUint64(2)) : code;
  const keyAt = code === 126 ? 4 : code === 127 ? 10 : 2;
  const key = frame.subarray(keyAt, keyAt + 4);
  const payload = frame.slice(keyAt + 4).map((byte, at) => byte ^ (key[at % 4] ?? 0));
  expect(payload.length).toBe(length);
  return { first: view.getUint8(0), isMasked: view.getUint8(1) >= 0x80, key, payload };
}

describe("encodeFrame", () => {
  it("writes blocks as one masked binary message, wherever they lie", () => {
    const memory = Uint8Array.from({ length: 1000 }, (_, at) => at % 251);
    const block = fc.tuple(fc.nat({ max: 700 }), fc.nat({ max: 300 }));
    fc.assert(
      fc.property(fc.array(block, { maxLength: 6 }), (parts) => {
        const blocks = parts.map(([at, length]) => memory.subarray(at, at + length));
        const { first, isMasked, payload } = decode(encodeFrame(blocks));
        expect([first, isMasked]).toEqual([0x82, true]);
        expect(Buffer.compare(payload, Buffer.concat(blocks))).toBe(0);
      }),
    );
  });

  it("uses the shortest form of each length", () => {
    for (const [size, head] of [
      [0, 6],
      [125, 6],
      [126, 8],
      [0xffff, 8],
      [0x10000, 14],
      [300_001, 14],
    ] as const) {
      const frame = encodeFrame([new Uint8Array(size).fill(7)]);
      expect(frame.length).toBe(head + size);
      expect(decode(frame).payload.every((byte) => byte === 7)).toBe(true);
    }
  });

  it("uses another key for each frame, and doesn't change what it is given", () => {
    const block = new Uint8Array(10);
    const keys = Array.from({ length: 3000 }, () => decode(encodeFrame([block])).key.join());
    expect(new Set(keys).size).toBeGreaterThan(2990);
    expect(block).toEqual(new Uint8Array(10));
  });
});
