import fc from "fast-check";
import { expect } from "vitest";
import { PacketLengthGuard } from "../../packages/core/src/mqtt/packet-length-guard.ts";
import { PacketScanner, splitPackets } from "../../packages/emulator/src/mqtt/packet-scanner.ts";
import { hubBytes } from "../packets.ts";
import { sizes, split } from "../split.ts";
import { defineTarget, type Target } from "../target.ts";

/** Scanners that find packets without parsing them, in the emulator and in front of MQTT.js: the result doesn't depend on how the bytes are split. */
export const packetBounds: Target = defineTarget(
  "packet-bounds",
  fc.record({ bytes: hubBytes, sizes }),
  ({ bytes, sizes: cuts }) => {
    const parts = split(bytes, cuts);
    expect(scan(parts)).toEqual(scan([bytes]));
    expect(guard(parts)).toBe(guard([bytes]));
    expect(Buffer.compare(Buffer.concat([...splitPackets(bytes)]), bytes)).toBe(0);
  },
);

function scan(parts: readonly Uint8Array[]): number[] {
  const types: number[] = [];
  const scanner = new PacketScanner((type) => types.push(type));
  for (const part of parts) scanner.feed(part);
  return types;
}

function guard(parts: readonly Uint8Array[]): string | undefined {
  const lengths = new PacketLengthGuard();
  for (const part of parts) {
    const problem = lengths.check(part);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
