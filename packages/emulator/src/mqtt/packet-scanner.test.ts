import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { packets } from "../testing/raw-client.ts";
import { PacketScanner, splitPackets } from "./packet-scanner.ts";

const stream = Buffer.concat([
  packets.connect("d", "h/d/?api-version=1", "password"),
  packets.publish("t", "x".repeat(127)),
  packets.publish("t", "x".repeat(20_000)),
  packets.pingreq(),
  packets.publish("t", ""),
  packets.disconnect(),
]);
const types = [1, 3, 3, 12, 3, 14];

describe("the packet scanner", () => {
  it("finds the same packets regardless of how the bytes are split", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: stream.length })), (cuts) => {
        const found: number[] = [];
        const scanner = new PacketScanner((type) => found.push(type));
        const borders = [0, ...cuts.sort((a, b) => a - b), stream.length];
        for (let at = 1; at < borders.length; at++)
          scanner.feed(stream.subarray(borders[at - 1], borders[at]));
        expect(found).toEqual(types);
      }),
    );
  });

  it("accepts single bytes", () => {
    const found: number[] = [];
    const scanner = new PacketScanner((type) => found.push(type));
    for (const byte of stream) scanner.feed(Uint8Array.of(byte));
    expect(found).toEqual(types);
  });

  it("doesn't hang on a length that never ends", () => {
    const scanner = new PacketScanner(() => {});
    scanner.feed(new Uint8Array(100).fill(0xff));
  });
});

describe("splitting packets", () => {
  it("returns complete packets, then an incomplete one", () => {
    expect([...splitPackets(stream)].map((packet) => (packet[0] ?? 0) >> 4)).toEqual(types);
    expect(Buffer.concat([...splitPackets(stream)]).equals(stream)).toBe(true);
    expect([...splitPackets(stream.subarray(0, stream.length - 1))].at(-1)).toHaveLength(1);
    expect([...splitPackets(new Uint8Array())]).toEqual([]);
  });
});
