// The server's codec, compared with mqtt-packet in both directions.
import fc from "fast-check";
import { generate, type Packet } from "mqtt-packet";
import { describe, expect, it } from "vitest";
import { asClientEvent, ClientRecordingSink, parseClient } from "../../../test/client-packet-sink.ts";
import { readByMqttPacket } from "../../../test/mqtt-packet.ts";
import { utf8 } from "../../util/text.ts";
import {
  encodeConnack,
  encodePingresp,
  encodePuback,
  encodeSuback,
  encodeUnsuback,
} from "./server-packets.ts";

const text = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 60 })
  .filter((value) => !value.includes("\0"));
const topic = text.filter((value) => !/[#+]/.test(value));
const packetId = fc.integer({ min: 1, max: 0xffff });
const qos = fc.constantFrom(0 as const, 1 as const, 2 as const);
const bytes = fc.uint8Array({ maxLength: 3000 }).map((value) => Buffer.from(value));

const connect: fc.Arbitrary<Packet> = fc
  .record({
    clientId: text,
    clean: fc.boolean(),
    keepalive: fc.nat(0xffff),
    username: text,
    password: fc.option(bytes, { nil: undefined }),
    will: fc.option(fc.record({ topic, payload: bytes, qos, retain: fc.boolean() }), { nil: undefined }),
  })
  .map(({ password, will, ...fields }) => ({
    cmd: "connect",
    protocolId: "MQTT",
    protocolVersion: 4,
    ...fields,
    ...(password === undefined ? {} : { password }),
    ...(will === undefined ? {} : { will }),
  }));

const packet: fc.Arbitrary<Packet> = fc.oneof(
  fc.record({ topic, payload: bytes, qos, dup: fc.boolean(), retain: fc.boolean(), messageId: packetId }).map(
    ({ dup, messageId, ...fields }) =>
      ({
        cmd: "publish",
        ...fields,
        dup: dup && fields.qos > 0,
        ...(fields.qos === 0 ? {} : { messageId }),
      }) as Packet,
  ),
  packetId.map((messageId) => ({ cmd: "puback", messageId }) as Packet),
  fc
    .record({
      messageId: packetId,
      subscriptions: fc.array(fc.record({ topic: text, qos }), { minLength: 1, maxLength: 6 }),
    })
    .map((fields) => ({ cmd: "subscribe", ...fields }) as Packet),
  fc
    .record({ messageId: packetId, unsubscriptions: fc.array(text, { minLength: 1, maxLength: 6 }) })
    .map((fields) => ({ cmd: "unsubscribe", ...fields }) as Packet),
  fc.constant({ cmd: "pingreq" } as Packet),
);

const connectBytes = generate({
  cmd: "connect",
  protocolId: "MQTT",
  protocolVersion: 4,
  clean: false,
  clientId: "d",
  keepalive: 60,
  username: "u",
});

describe("packets of clients", () => {
  it("are read as mqtt-packet writes and reads them, in any blocks", () => {
    fc.assert(
      fc.property(
        connect,
        fc.array(packet, { maxLength: 12 }),
        fc.integer({ min: 1, max: 2000 }),
        (first, more, size) => {
          const packets = [first, ...more, { cmd: "disconnect" } as Packet];
          const all = Buffer.concat(packets.map((one) => generate(one)));
          const blocks: Uint8Array[] = [];
          for (let at = 0; at < all.length; at += size) blocks.push(all.subarray(at, at + size));
          const events = parseClient(...blocks);
          expect(events).toEqual(packets.map(asClientEvent));
          expect(events).toEqual(readByMqttPacket(all).map(asClientEvent));
        },
      ),
    );
  });

  it("wait while the parser is held, whatever was received in between", () => {
    const puback = encodePuback(7);
    for (const size of [1, 3, 1000]) {
      const sink = new ClientRecordingSink();
      sink.onConnect = () => {
        sink.events.push({ type: "pingreq" });
        sink.parser.hold();
      };
      const all = Buffer.concat([connectBytes, puback, puback]);
      for (let at = 0; at < all.length; at += size) sink.parser.push(all.subarray(at, at + size));
      expect(sink.events).toHaveLength(1);
      expect(sink.parser.waitingBytes).toBe(8);
      sink.parser.release();
      expect(sink.events.slice(1)).toEqual([
        { type: "puback", packetId: 7 },
        { type: "puback", packetId: 7 },
      ]);
      expect(sink.parser.waitingBytes).toBe(0);
    }
  });

  it("of another version are reported with their client id, as far as it can be read", () => {
    const five = generate({
      cmd: "connect",
      protocolId: "MQTT",
      protocolVersion: 5,
      clean: true,
      clientId: "dev",
      keepalive: 1,
      properties: { sessionExpiryInterval: 3600 },
    });
    expect(parseClient(five)).toEqual([{ type: "connect", protocol: "MQTT level 5", clientId: "dev" }]);
    const old = generate({
      cmd: "connect",
      protocolId: "MQIsdp",
      protocolVersion: 3,
      clean: true,
      clientId: "dev",
      keepalive: 1,
    });
    expect(parseClient(old)).toEqual([{ type: "connect", protocol: "MQIsdp level 3", clientId: "dev" }]);
    expect(parseClient([0x10, 7, 0, 4, ...utf8("MQTT"), 9])).toEqual([
      { type: "connect", protocol: "MQTT level 9", clientId: "" },
    ]);
  });

  const head = [0, 4, ...utf8("MQTT"), 4];
  const fields = (...body: number[]): number[] => [0x10, head.length + body.length, ...head, ...body];
  it.each([
    ["PUBLISH first", [0x30, 3, 0, 1, 0x61], /a PUBLISH before CONNECT/],
    ["PINGREQ first", [0xc0, 0], /a PINGREQ before CONNECT/],
    ["CONNACK", [0x20, 2, 0, 0], /packet type 2 is not one that a client sends/],
    ["reserved flags of CONNECT", [0x11, 2], /a CONNECT has reserved flags set/],
    ["a CONNECT that is too long", [0x10, 0xff, 0xff, 0xff, 0x7f], /at most 100000 bytes, got 268435455/],
    ["a length of five bytes", [0x10, 0xff, 0xff, 0xff, 0xff], /more than four bytes/],
    ["a reserved connect flag", fields(0x83, 0, 1, 0, 1, 0x64, 0, 1, 0x75), /its reserved flag set/],
    ["a will of QoS 3", fields(0x9e, 0, 1, 0, 1, 0x64), /a will of QoS 3/],
    ["flags of a will without a will", fields(0x88, 0, 1, 0, 1, 0x64), /without a will/],
    ["a password without a user name", fields(0x40, 0, 1, 0, 1, 0x64, 0, 0), /without a user name/],
    ["a client id beyond the packet", fields(0x80, 0, 1, 0, 9, 0x64), /a CONNECT is too short/],
    ["bytes after the last field", fields(0x80, 0, 1, 0, 1, 0x64, 0, 1, 0x75, 0), /after its last field/],
    ["a user name that isn't UTF-8", fields(0x80, 0, 1, 0, 1, 0x64, 0, 1, 0xff), /isn't valid UTF-8/],
  ])("are rejected at the start: %s", (_, wrong, reason) => {
    expect(parseClient(wrong)).toEqual([{ type: "malformed", reason: expect.stringMatching(reason) }]);
    expect(parseClient(...wrong.map((byte) => [byte]))).toHaveLength(1);
  });

  it.each([
    ["a second CONNECT", [...connectBytes], /a second CONNECT/],
    ["PUBREL", [0x62, 2, 0, 1], /packet type 6/],
    ["QoS 3", [0x36, 6, 0, 1, 0x61, 0, 1, 0], /QoS 3/],
    ["DUP at QoS 0", [0x38, 3, 0, 1, 0x61], /DUP/],
    ["packet id 0", [0x32, 5, 0, 1, 0x61, 0, 0], /packet id 0/],
    ["an empty topic", [0x30, 3, 0, 0, 1], /an invalid topic/],
    ["a wildcard in a topic", [0x30, 3, 0, 1, 0x23], /an invalid topic/],
    ["a topic that isn't UTF-8", [0x30, 3, 0, 1, 0xff], /an invalid topic/],
    ["a topic beyond the packet", [0x30, 3, 0, 9, 0x61], /shorter than its topic/],
    [
      "a PUBLISH that is too long",
      [0x30, 0xff, 0xff, 0xff, 0x7f],
      /a PUBLISH must have at most 400000 bytes/,
    ],
    ["a SUBSCRIBE that is too long", [0x82, 0xff, 0xff, 0x7f], /a SUBSCRIBE must have at most 65536 bytes/],
    ["flags of SUBSCRIBE", [0x80, 6], /a SUBSCRIBE has reserved flags set/],
    ["a SUBSCRIBE without a filter", [0x82, 2, 0, 1], /at least 6 bytes/],
    ["an empty filter", [0x82, 6, 0, 1, 0, 0, 1, 1], /an empty topic filter/],
    ["a requested QoS of 3", [0x82, 6, 0, 1, 0, 1, 0x61, 3], /a requested QoS of 3/],
    ["an UNSUBSCRIBE with packet id 0", [0xa2, 5, 0, 0, 0, 1, 0x61], /an UNSUBSCRIBE has packet id 0/],
    ["a PUBACK with packet id 0", [0x40, 2, 0, 0], /packet id 0/],
    ["a PINGREQ with a body", [0xc0, 1, 0], /at most 0 bytes/],
  ])("are rejected once, and nothing follows: %s", (_, wrong, reason) => {
    const all = [...connectBytes, ...wrong, ...encodePuback(1)];
    for (const events of [parseClient(all), parseClient(...all.map((byte) => [byte]))]) {
      expect(events.slice(1)).toEqual([{ type: "malformed", reason: expect.stringMatching(reason) }]);
    }
  });

  it("take memory in proportion to the received bytes, not to their length fields", () => {
    const before = process.memoryUsage().arrayBuffers;
    const sinks = Array.from({ length: 2000 }, () => new ClientRecordingSink());
    for (const { parser } of sinks) {
      parser.push(Uint8Array.from([0x10, 0x80, 0x80, 0x06]));
      for (let count = 0; count < 100; count++) parser.push(Uint8Array.of(0));
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2000 * 1000);
    expect(sinks.every(({ events }) => events.length === 0)).toBe(true);
  });
});

it("the answers of the server have the bytes of mqtt-packet", () => {
  const same = (ours: Uint8Array, theirs: Packet): void =>
    expect(Buffer.compare(ours, generate(theirs))).toBe(0);
  fc.assert(
    fc.property(
      packetId,
      fc.array(fc.constantFrom(0, 1, 128), { minLength: 1, maxLength: 300 }),
      (messageId, granted) => {
        same(encodePuback(messageId), { cmd: "puback", messageId });
        same(encodeUnsuback(messageId), { cmd: "unsuback", messageId } as Packet);
        same(encodeSuback(messageId, granted), { cmd: "suback", messageId, granted } as Packet);
      },
    ),
  );
  same(encodePingresp(), { cmd: "pingresp" });
  for (let returnCode = 0; returnCode < 6; returnCode++) {
    same(encodeConnack(returnCode === 0, returnCode), {
      cmd: "connack",
      sessionPresent: returnCode === 0,
      returnCode,
    });
  }
});
