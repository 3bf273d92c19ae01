import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse, RecordingSink } from "../../../test/recording-sink.ts";
import { encodePacket, type ServerPacket } from "../../testing/mqtt-packets.ts";
import { utf8 } from "../../util/text.ts";
import { PacketParser, type PacketSink } from "./packet-parser.ts";
import { largestPacketBytes } from "./packet-rules.ts";

const publish = (fields: Partial<Extract<ServerPacket, { type: "publish" }>> = {}): ServerPacket => ({
  type: "publish",
  topic: "devices/d1/messages/devicebound/ü%20x",
  payload: utf8("body"),
  qos: 1,
  dup: false,
  retain: false,
  packetId: 7,
  ...fields,
});

/** One packet of each type that a hub sends. */
const conversation: readonly ServerPacket[] = [
  { type: "connack", sessionPresent: true, returnCode: 0 },
  publish(),
  { type: "puback", packetId: 1 },
  { type: "puback", packetId: 0xffff },
  publish({ qos: 0, packetId: 0, payload: new Uint8Array(0) }),
  { type: "suback", packetId: 0x8000, granted: [0, 1, 2, 0x80] },
  { type: "puback", packetId: 0x100 },
  publish({ dup: true, payload: new Uint8Array(200).fill(255) }),
  { type: "unsuback", packetId: 0x8001 },
  { type: "pingresp" },
  { type: "puback", packetId: 2 },
];
const stream = Buffer.concat(conversation.map(encodePacket));
const whole = conversation.map((packet) => {
  if (packet.type !== "publish") return packet;
  const { retain, ...events } = packet;
  return { ...events, packetId: packet.qos === 0 ? undefined : packet.packetId };
});

describe("PacketParser: packets in blocks", () => {
  it("reads a whole conversation from one block", () => {
    expect(parse(stream)).toEqual(whole);
  });

  it("reads it split in two at every byte, and in three at every pair of bytes", () => {
    for (let first = 0; first <= stream.length; first++) {
      const head = stream.subarray(0, first);
      const events = parse(head, stream.subarray(first));
      if (!sameAsWhole(events)) expect(events, `cut at ${first}`).toEqual(whole);
      for (let second = first; second <= stream.length; second += 1 + (second % 7)) {
        const cut = parse(head, stream.subarray(first, second), stream.subarray(second));
        if (!sameAsWhole(cut)) expect(cut, `cut at ${first} and ${second}`).toEqual(whole);
      }
    }
  });

  it("reads it byte by byte, with empty blocks in between", () => {
    expect(parse(...[...stream].flatMap((byte) => [[], [byte]]))).toEqual(whole);
  });

  it("reads any number of packets however they are split", () => {
    const packets: fc.Arbitrary<ServerPacket> = fc.oneof(
      fc
        .record({
          topic: fc
            .string({ unit: "grapheme", minLength: 1, maxLength: 50 })
            .filter((text) => !/[#+\0]/.test(text)),
          payload: fc.uint8Array({ maxLength: 300 }),
          qos: fc.constantFrom(0, 1),
          packetId: fc.integer({ min: 1, max: 0xffff }),
        })
        .map(({ qos, packetId, ...rest }) => publish({ ...rest, qos, packetId: qos === 0 ? 0 : packetId })),
      fc.integer({ min: 1, max: 0xffff }).map((packetId): ServerPacket => ({ type: "puback", packetId })),
    );
    fc.assert(
      fc.property(
        fc.array(packets, { maxLength: 30 }),
        fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 40 }),
        (all, lengths) => {
          const bytes = Buffer.concat(all.map(encodePacket));
          const blocks: Uint8Array[] = [];
          let at = 0;
          for (const length of lengths) {
            blocks.push(bytes.subarray(at, at + length));
            at += length;
          }
          expect(parse(...blocks, bytes.subarray(at))).toEqual(parse(bytes));
          expect(parse(bytes)).toHaveLength(all.length);
        },
      ),
    );
  });

  it("accepts a remaining length with more bytes than necessary", () => {
    expect(parse([0x40, 0x82, 0x80, 0x00, 0, 5])).toEqual([{ type: "puback", packetId: 5 }]);
    expect(parse([0xd0, 0x80, 0x00])).toEqual([{ type: "pingresp" }]);
  });

  it("accepts a packet of the largest size, in one block and in many", () => {
    const topic = "t".repeat(0xffff);
    const payload = Uint8Array.from({ length: largestPacketBytes - 2 - 0xffff - 2 }, (_, at) => at % 251);
    const length = largestPacketBytes;
    const packet = Buffer.concat([
      Uint8Array.of(0x32, 0x80 | (length & 0x7f), 0x80 | ((length >> 7) & 0x7f), length >> 14),
      Uint8Array.of(0xff, 0xff),
      utf8(topic),
      Uint8Array.of(0, 9),
      payload,
    ]);
    for (const size of [packet.length, 65_536, 1000]) {
      const blocks: Uint8Array[] = [];
      for (let at = 0; at < packet.length; at += size) blocks.push(packet.subarray(at, at + size));
      const [events] = parse(...blocks);
      if (events?.type !== "publish") throw new Error(JSON.stringify(events));
      expect(events.topic).toBe(topic);
      expect(Buffer.compare(events.payload, payload)).toBe(0);
    }
  });

  it("keeps the payload of a message when more bytes arrive", () => {
    const kept: Uint8Array[] = [];
    const sink = new RecordingSink();
    sink.onPublish = ({ payload }) => kept.push(payload);
    const bytes = encodePacket(publish({ payload: utf8("first") }));
    sink.parser.push(bytes.slice(0, 20));
    sink.parser.push(bytes.slice(20));
    const second = encodePacket(publish({ payload: utf8("other") }));
    sink.parser.push(second.slice(0, 20));
    sink.parser.push(second.slice(20));
    expect(kept.map((payload) => Buffer.from(payload).toString())).toEqual(["first", "other"]);
  });

  it("reports nothing after stop, also if a call stops it", () => {
    const { parser, events } = new RecordingSink();
    parser.push(stream.subarray(0, 30));
    parser.stop();
    parser.push(stream.subarray(30));
    expect(events).toEqual(whole.slice(0, 1));
    const puback = encodePacket({ type: "puback", packetId: 1 });
    for (const packets of [
      [puback, puback],
      [encodePacket(publish()), puback],
    ]) {
      let calls = 0;
      const stopping = new PacketParser(
        new Proxy({} as PacketSink, {
          get: () => () => {
            calls++;
            stopping.stop();
          },
        }),
      );
      stopping.push(Buffer.concat(packets));
      expect(calls).toBe(1);
    }
  });
});

function sameAsWhole(events: unknown): boolean {
  return JSON.stringify(events) === wholeAsText;
}
const wholeAsText = JSON.stringify(parse(stream));

describe("PacketParser: packets that a hub must not send", () => {
  const head = [0x32, 9, 0, 3];
  const malformed: [what: string, bytes: number[], reason: RegExp][] = [
    ["packet type 0", [0x00], /packet type 0 is not one that a hub sends/],
    ["packet type 15", [0xf0], /packet type 15 is not one that a hub sends/],
    ["CONNECT", [0x10], /packet type 1 is not one that a hub sends/],
    ["SUBSCRIBE", [0x82], /packet type 8 is not one that a hub sends/],
    ["UNSUBSCRIBE", [0xa2], /packet type 10 is not one that a hub sends/],
    ["PINGREQ", [0xc0], /packet type 12 is not one that a hub sends/],
    ["DISCONNECT", [0xe0], /packet type 14 is not one that a hub sends/],
    ["PUBREC", [0x50], /packet type 5 is not one that a hub sends/],
    ["PUBREL", [0x62], /packet type 6 is not one that a hub sends/],
    ["PUBCOMP", [0x70], /packet type 7 is not one that a hub sends/],
    ["a PUBLISH at QoS 2", [0x34], /QoS 2/],
    ["a PUBLISH at QoS 3", [0x36], /QoS 3/],
    ["DUP at QoS 0", [0x38], /DUP/],
    ["reserved flags of CONNACK", [0x21], /reserved flags/],
    ["reserved flags of PUBACK", [0x42], /reserved flags/],
    ["reserved flags of SUBACK", [0x92], /reserved flags/],
    ["reserved flags of UNSUBACK", [0xb1], /reserved flags/],
    ["reserved flags of PINGRESP", [0xd8], /reserved flags/],
    ["a fifth byte of length", [0x30, 0x80, 0x80, 0x80, 0x80], /more than four bytes/],
    ["a CONNACK of one byte", [0x20, 1], /type 2 has a remaining length of 1/],
    ["a CONNACK of three bytes", [0x20, 3], /type 2 has a remaining length of 3/],
    ["a PUBACK of three bytes", [0x40, 3], /type 4 has a remaining length of 3/],
    ["a PUBACK without a packet id", [0x40, 0], /type 4 has a remaining length of 0/],
    ["a SUBACK without a return code", [0x90, 2], /type 9 has a remaining length of 2/],
    ["an UNSUBACK of three bytes", [0xb0, 3], /type 11 has a remaining length of 3/],
    ["a PINGRESP of one byte", [0xd0, 1], /type 13 has a remaining length of 1/],
    ["a PUBLISH of two bytes", [0x30, 2], /type 3 has a remaining length of 2/],
    ["a packet of 256 MB", [0x30, 0xff, 0xff, 0xff, 0x7f], /at most 1048576 bytes, got 268435455/],
    ["a packet one byte too large", [0x30, 0x81, 0x80, 0x40], /at most 1048576 bytes, got 1048577/],
    ["a PUBACK of 1 MB", [0x40, 0x80, 0x80, 0x40], /remaining length/],
    ["reserved CONNACK flags", [0x20, 2, 2, 0], /reserved flags/],
    ["a CONNACK with return code 6", [0x20, 2, 0, 6], /return code 6/],
    ["a refusal with a session", [0x20, 2, 1, 5], /return code 5 has a session present/],
    ["packet id 0 of PUBACK", [0x40, 2, 0, 0], /type 4 has packet id 0/],
    ["packet id 0 of PUBACK, with a length of two bytes", [0x40, 0x82, 0, 0, 0], /packet id 0/],
    ["packet id 0 of SUBACK", [0x90, 3, 0, 0, 0], /packet id 0/],
    ["packet id 0 of UNSUBACK", [0xb0, 2, 0, 0], /packet id 0/],
    ["packet id 0 of PUBLISH", [...head, 0x61, 0x62, 0x63, 0, 0, 1, 1], /packet id 0/],
    ["return code 3 of SUBACK", [0x90, 4, 0, 1, 1, 3], /return code 3/],
    ["return code 129 of SUBACK", [0x90, 3, 0, 1, 0x81], /return code 129/],
    ["an empty topic", [0x30, 3, 0, 0, 1], /an invalid topic/],
    ["a topic that is longer than its packet", [0x30, 4, 0, 3, 0x61, 0x62], /shorter than its topic/],
    ["a PUBLISH that ends in its packet id", [0x32, 6, 0, 3, 0x61, 0x62, 0x63, 0], /shorter than its topic/],
    ["a wildcard in a topic", [0x30, 5, 0, 3, 0x61, 0x2f, 0x23], /an invalid topic/],
    ["another wildcard in a topic", [0x30, 5, 0, 3, 0x61, 0x2f, 0x2b], /an invalid topic/],
    ["a NUL in a topic", [0x30, 5, 0, 3, 0x61, 0, 0x62], /an invalid topic/],
    ["a topic with a lone byte of UTF-8", [0x30, 5, 0, 3, 0x61, 0xc3, 0x28], /UTF-8/],
    ["a topic with UTF-8 of more bytes than necessary", [0x30, 5, 0, 3, 0x61, 0xc0, 0xaf], /UTF-8/],
    ["a topic with half of a surrogate pair", [0x30, 5, 0, 3, 0xed, 0xa0, 0x80], /UTF-8/],
    ["a topic that ends within a character", [0x30, 4, 0, 2, 0xe2, 0x82], /UTF-8/],
    ["a topic beyond Unicode", [0x30, 6, 0, 4, 0xf4, 0x90, 0x80, 0x80], /UTF-8/],
  ];

  it.each(malformed)(
    "%s is rejected once, as soon as it is recognized, and nothing is reported after it",
    (_, bytes, reason) => {
      const before = encodePacket({ type: "puback", packetId: 3 });
      const after = encodePacket({ type: "puback", packetId: 4 });
      const wanted = [
        { type: "puback", packetId: 3 },
        { type: "malformed", reason: expect.stringMatching(reason) },
      ];
      expect(parse(before, bytes)).toEqual(wanted);
      expect(parse(Buffer.concat([before, Uint8Array.from(bytes), after]))).toEqual(wanted);
      expect(parse(...[...before, ...bytes, ...after].map((byte) => [byte]))).toEqual(wanted);
    },
  );

  it("keeps a byte-order mark in a topic [MQTT-1.5.3-3]", () => {
    expect(parse([0x30, 5, 0, 3, 0xef, 0xbb, 0xbf])).toMatchObject([{ type: "publish", topic: "\ufeff" }]);
  });

  it("keeps memory in proportion to the bytes received of a packet, not to its length field", () => {
    const bomb = [0x30, 0xff, 0xff, 0x3f];
    const before = process.memoryUsage().arrayBuffers;
    const sinks = Array.from({ length: 2000 }, () => new RecordingSink());
    for (const { parser } of sinks) {
      parser.push(Uint8Array.from(bomb));
      for (let count = 0; count < 100; count++) parser.push(Uint8Array.of(0));
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2000 * 1000);
    expect(sinks.every(({ events }) => events.length === 0)).toBe(true);
  });
});
