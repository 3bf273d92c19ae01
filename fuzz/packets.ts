import fc from "fast-check";
import { encodePacket, type ServerPacket } from "../packages/core/src/testing/mqtt-packets.ts";
import { editedBytes } from "./edits.ts";

/** Topics of a hub, and any other valid one. */
const topic = fc.oneof(
  fc.constantFrom(
    "a",
    "devices/d1/messages/devicebound/%24.mid=%C3%A9&é=1",
    "$iothub/twin/res/200/?$rid=1&$version=6",
    "$iothub/twin/PATCH/properties/desired/?$version=3",
    "$iothub/methods/POST/reboot/?$rid=1a",
    "$dps/registrations/res/202/?$rid=1&retry-after=3",
  ),
  fc.string({ unit: "binary", minLength: 1, maxLength: 40 }).filter((text) => !/[#+\0]/.test(text)),
);
const packetId = fc.integer({ min: 1, max: 0xffff });
const payload = fc.oneof(
  { weight: 19, arbitrary: fc.uint8Array({ maxLength: 40 }) },
  { weight: 1, arbitrary: fc.nat(70_000).map((length) => new Uint8Array(length).fill(0x40)) },
);

/** A packet that a hub may send. */
export const hubPacket: fc.Arbitrary<ServerPacket> = fc.oneof(
  fc.record({
    type: fc.constant("connack" as const),
    sessionPresent: fc.boolean(),
    returnCode: fc.constant(0),
  }),
  fc.record({
    type: fc.constant("connack" as const),
    sessionPresent: fc.constant(false),
    returnCode: fc.integer({ min: 1, max: 5 }),
  }),
  fc
    .record({ topic, payload, qos: fc.constantFrom(0, 1), dup: fc.boolean(), packetId })
    .map(({ qos, dup, packetId: id, ...fields }) => ({
      type: "publish" as const,
      ...fields,
      qos,
      dup: dup && qos === 1,
      retain: false,
      packetId: qos === 0 ? 0 : id,
    })),
  fc.record({
    type: fc.constant("puback" as const),
    packetId: fc.oneof(packetId, fc.integer({ min: 1, max: 8 })),
  }),
  fc.record({
    type: fc.constant("suback" as const),
    packetId: fc.integer({ min: 0x8000, max: 0x8003 }),
    granted: fc.array(fc.constantFrom(0, 1, 2, 0x80), { minLength: 1, maxLength: 3 }),
  }),
  fc.record({ type: fc.constant("unsuback" as const), packetId: fc.integer({ min: 0x8000, max: 0x8003 }) }),
  fc.constant({ type: "pingresp" as const }),
);

/** The length of a run of equal packets, in bytes. Comparing thousands of events takes longer than parsing them. */
const longestRun = 16 * 1024;

/** Bytes of a hub that begin with these packets, most of them with a few changes. */
export function hubBytesAfter(first: readonly ServerPacket[]): fc.Arbitrary<Uint8Array> {
  const packets = fc.array(hubPacket, { minLength: 1, maxLength: 12 });
  return editedBytes(
    packets.map((list) => new Uint8Array(Buffer.concat([...first, ...list].map(encodePacket)))),
    longestRun,
  );
}

/** Bytes of a hub, most of them with a few changes. */
export const hubBytes: fc.Arbitrary<Uint8Array> = hubBytesAfter([]);
