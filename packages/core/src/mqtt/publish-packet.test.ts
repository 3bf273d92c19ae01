import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodePacket, PacketReader } from "../testing/mqtt-packets.ts";
import { payloadBytes } from "../testing/payload.ts";
import { fromUtf8, utf8 } from "../util/text.ts";
import { highestPublishId, type OutboundPublish } from "./engine.ts";
import { encodePublish, payloadOf, stampPublish, topicOf, withTopicStart } from "./publish-packet.ts";

const topics = fc.string({ unit: "grapheme", minLength: 1, maxLength: 300 });
const messages: fc.Arbitrary<Required<OutboundPublish>> = fc.record({
  topic: topics,
  payload: fc.oneof(
    fc.uint8Array({ maxLength: 400 }),
    fc.string({ unit: "binary", maxLength: 400 }),
    // More than the pool contains, and more than it hands out.
    fc.constantFrom("é".repeat(6000), "a".repeat(140_000)),
  ),
  qos: fc.constantFrom(0, 1),
  dup: fc.boolean(),
  packetId: fc.integer({ min: 1, max: highestPublishId }),
});

function expected(message: Required<OutboundPublish>): Uint8Array {
  return encodePacket({ type: "publish", retain: false, ...message, payload: payloadBytes(message.payload) });
}

/** Compared as a whole, because the matcher is slow byte by byte. */
function isAsExpected(packet: Uint8Array | undefined, message: Required<OutboundPublish>): boolean {
  return packet !== undefined && Buffer.compare(packet, expected(message)) === 0;
}

describe("encodePublish", () => {
  it("writes the same bytes as another encoder, for any message", () => {
    fc.assert(
      fc.property(messages, (message) => {
        expect(isAsExpected(encodePublish(message), message)).toBe(true);
      }),
    );
  });

  it("does so where the remaining length takes one more byte", () => {
    for (const [remaining, head] of [
      [0x7f, 2],
      [0x80, 3],
      [0x3fff, 3],
      [0x4000, 4],
      [0x1f_ffff, 4],
      [0x20_0000, 5],
    ] as const) {
      const payload = new Uint8Array(remaining - 5).fill(7);
      const packet = encodePublish({ topic: "t", payload, qos: 1, dup: false, packetId: 258 });
      expect(packet.length).toBe(head + remaining);
      const [read] = new PacketReader().push(packet);
      expect(read).toMatchObject({ type: "publish", topic: "t", packetId: 258, qos: 1 });
      expect(read?.type === "publish" && read.payload.length).toBe(payload.length);
    }
  });

  it("writes packets of one moment without overlap", () => {
    fc.assert(
      fc.property(fc.array(messages, { maxLength: 200 }), (all) => {
        const packets = all.map(encodePublish);
        const wrong = all.filter((message, at) => !isAsExpected(packets[at], message));
        expect(wrong).toEqual([]);
      }),
      { numRuns: 20 },
    );
  });
});

describe("an encoded PUBLISH at QoS 1", () => {
  it("gets its packet id and DUP when it is sent", () => {
    fc.assert(
      fc.property(messages, fc.boolean(), (any, dup) => {
        const packet = encodePublish({ ...any, qos: 1, dup: !dup, packetId: 0x1234 });
        stampPublish(packet, any.packetId, dup);
        expect(isAsExpected(packet, { ...any, qos: 1, dup })).toBe(true);
      }),
    );
  });

  it("has another start of its topic in a new packet, without DUP and packet id, while the old one stays", () => {
    fc.assert(
      fc.property(messages, topics, topics, (any, from, to) => {
        const message = { ...any, qos: 1, dup: true } as const;
        const old = { ...message, topic: from + any.topic };
        const packet = encodePublish(old);
        const moved = withTopicStart(packet, utf8(from).length, utf8(to));
        expect(isAsExpected(moved, { ...message, topic: to + any.topic, dup: false, packetId: 0 })).toBe(
          true,
        );
        expect(isAsExpected(packet, old)).toBe(true);
      }),
    );
  });

  it("has its topic and its payload", () => {
    fc.assert(
      fc.property(messages, (any) => {
        const packet = encodePublish({ ...any, qos: 1 });
        expect(fromUtf8(topicOf(packet))).toBe(any.topic);
        expect(Buffer.compare(payloadOf(packet), payloadBytes(any.payload))).toBe(0);
      }),
    );
  });

  it("lies directly behind the one before, so that both are written at once", () => {
    const all = ["1", "2", "3"].map((topic) =>
      encodePublish({ topic, payload: new Uint8Array(Number(topic) * 100), qos: 1, dup: false, packetId: 1 }),
    );
    const ends = all.map(({ buffer, byteOffset, length }) => ({ buffer, end: byteOffset + length }));
    for (const [at, packet] of all.slice(1).entries()) {
      expect(packet.buffer).toBe(ends[at]?.buffer);
      expect(packet.byteOffset).toBe(ends[at]?.end);
    }
  });
});
