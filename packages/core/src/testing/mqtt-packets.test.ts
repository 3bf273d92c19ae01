import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { utf8 } from "../util/text.ts";
import { encodePacket, PacketReader, type PublishPacket } from "./mqtt-packets.ts";

const read = (...bytes: number[]): unknown => new PacketReader().push(Uint8Array.from(bytes));
const text = (value: string): number[] => [0, utf8(value).length, ...utf8(value)];

describe("PacketReader", () => {
  it("reads CONNECT [MQTT 3.1]", () => {
    const body = [...text("MQTT"), 4, 0xc0, 0, 60, ...text("d1"), ...text("user"), ...text("pass")];
    expect(read(0x10, body.length, ...body)).toEqual([
      {
        type: "connect",
        protocolName: "MQTT",
        protocolLevel: 4,
        cleanSession: false,
        keepAlive: 60,
        clientId: "d1",
        username: "user",
        password: "pass",
      },
    ]);
  });

  it("reads SUBSCRIBE, UNSUBSCRIBE, PUBACK, PINGREQ and DISCONNECT, several in one block", () => {
    expect(
      read(0x82, 6, 0, 1, ...text("a"), 1, 0xa2, 5, 0, 2, ...text("a"), 0x40, 2, 1, 0, 0xc0, 0, 0xe0, 0),
    ).toEqual([
      { type: "subscribe", packetId: 1, filters: [{ filter: "a", qos: 1 }] },
      { type: "unsubscribe", packetId: 2, filters: ["a"] },
      { type: "puback", packetId: 256 },
      { type: "pingreq" },
      { type: "disconnect" },
    ]);
  });

  it("reads messages however they are cut into blocks, of any length up to four bytes of it", () => {
    const packet: fc.Arbitrary<PublishPacket> = fc
      .record({
        topic: fc.string({ minLength: 1 }).filter((topic) => !/[#+]/.test(topic)),
        payload: fc.uint8Array(),
        qos: fc.nat({ max: 1 }),
        id: fc.integer({ min: 1, max: 0xffff }),
        dup: fc.boolean(),
      })
      .map(({ topic, payload, qos, id, dup }) => ({
        type: "publish",
        topic,
        payload,
        qos,
        dup: dup && qos > 0,
        retain: false,
        packetId: qos === 0 ? 0 : id,
      }));
    fc.assert(
      fc.property(fc.array(packet), fc.integer({ min: 1, max: 50 }), (packets, size) => {
        const bytes = packets.flatMap((one) => [...encodePacket(one)]);
        const reader = new PacketReader();
        const got = [];
        for (let at = 0; at < bytes.length; at += size)
          got.push(...reader.push(Uint8Array.from(bytes.slice(at, at + size))));
        expect(got).toEqual(packets);
      }),
    );
    for (const length of [100, 128, 20_000, 3_000_000]) {
      const large = {
        type: "publish",
        topic: "t",
        payload: new Uint8Array(length),
        qos: 0,
        dup: false,
        retain: false,
        packetId: 0,
      } as const;
      expect(new PacketReader().push(encodePacket(large))).toMatchObject([{ payload: { length } }]);
    }
  });

  it("refuses what a client must not send", () => {
    for (const [rule, bytes] of [
      ["MQTT-2.3.1-1", [0x32, 5, ...text("a"), 0, 0]],
      ["MQTT-3.3.1-4", [0x36, 5, ...text("a"), 0, 1]],
      ["MQTT-3.3.1-2", [0x38, 3, ...text("a")]],
      ["MQTT-3.3.2-2", [0x30, 3, ...text("#")]],
      ["MQTT-2.2.2-2", [0x80, 6, 0, 1, ...text("a"), 1]],
      ["MQTT-3.8.3-3", [0x82, 2, 0, 1]],
      ["MQTT-3.10.3-2", [0xa2, 2, 0, 1]],
      ["MQTT 2.2.3", [0x30, 0xff, 0xff, 0xff, 0xff, 0xff]],
      ["packet type 2", [0x20, 2, 0, 0]],
      ["shorter than its fields", [0x30, 3, 0, 9, 65]],
    ] as const) {
      expect(() => read(...bytes), rule).toThrow(rule);
    }
  });
});

describe("encodePacket", () => {
  it("writes what a hub sends [MQTT 3.2, 3.4, 3.9, 3.11, 3.13]", () => {
    expect([...encodePacket({ type: "connack", sessionPresent: true, returnCode: 0 })]).toEqual([
      0x20, 2, 1, 0,
    ]);
    expect([...encodePacket({ type: "puback", packetId: 258 })]).toEqual([0x40, 2, 1, 2]);
    expect([...encodePacket({ type: "suback", packetId: 1, granted: [1, 0x80] })]).toEqual([
      0x90, 4, 0, 1, 1, 0x80,
    ]);
    expect([...encodePacket({ type: "unsuback", packetId: 1 })]).toEqual([0xb0, 2, 0, 1]);
    expect([...encodePacket({ type: "pingresp" })]).toEqual([0xd0, 0]);
  });
});
