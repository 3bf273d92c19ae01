import { describe, expect, it } from "vitest";
import { FrameScanner } from "./frame-scanner.ts";

const saslHeader = [...Buffer.from("AMQP\x03\x01\x00\x00", "latin1")];
const amqpHeader = [...Buffer.from("AMQP\x00\x01\x00\x00", "latin1")];
const frame = (size: number): number[] => [0, 0, size >> 8, size & 0xff, ...Array(size - 4).fill(7)];

describe("a frame scanner", () => {
  it("finds the headers in a stream, however it is divided", () => {
    const stream = [...saslHeader, ...frame(20), ...amqpHeader, ...frame(8), ...frame(300)];
    for (const step of [1, 3, 7, 50, stream.length]) {
      const scanner = new FrameScanner(512);
      const received: number[] = [];
      for (let at = 0; at < stream.length; at += step) {
        for (const { bytes } of scanner.scan(Uint8Array.from(stream.slice(at, at + step)))) {
          received.push(...bytes);
        }
      }
      expect(received).toEqual(stream);
    }
    const parts = new FrameScanner(512).scan(Uint8Array.from(stream));
    expect(parts.map(({ bytes, isHeader }) => [bytes.length, isHeader])).toEqual([
      [28, true],
      [316, true],
    ]);
  });

  it.each([
    [[0, 0, 0, 7], "a frame must have 8 to 512 bytes, got 7"],
    [[0, 0, 2, 1], "a frame must have 8 to 512 bytes, got 513"],
    [[255, 255, 255, 255], "got 4294967295"],
  ])("rejects a frame by its length %j", (start, message) => {
    const scanner = new FrameScanner(512);
    scanner.scan(Uint8Array.from([...amqpHeader, ...frame(512)]));
    expect(() => scanner.scan(Uint8Array.from(start))).toThrow(message);
  });
});
