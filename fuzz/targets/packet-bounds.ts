import fc from "fast-check";
import { expect } from "vitest";
import { PacketLengthGuard } from "../../packages/core/src/mqtt/packet-length-guard.ts";
import { hubBytes } from "../packets.ts";
import { sizes, split } from "../split.ts";
import { defineTarget, type Target } from "../target.ts";

/** The guard in front of MQTT.js, which finds packets without parsing them: the result doesn't depend on how the bytes are split. */
export const packetBounds: Target = defineTarget(
  "packet-bounds",
  fc.record({ bytes: hubBytes, sizes }),
  ({ bytes, sizes: cuts }) => {
    const parts = split(bytes, cuts);
    expect(guard(parts)).toBe(guard([bytes]));
  },
);

function guard(parts: readonly Uint8Array[]): string | undefined {
  const lengths = new PacketLengthGuard();
  for (const part of parts) {
    const problem = lengths.check(part);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
