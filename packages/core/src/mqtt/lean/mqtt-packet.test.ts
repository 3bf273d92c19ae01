// Comparison with mqtt-packet, the codec of MQTT.js and aedes, in both directions.
import fc from "fast-check";
import { generate, type Packet } from "mqtt-packet";
import { describe, expect, it } from "vitest";
import { asEvent, readByMqttPacket } from "../../../test/mqtt-packet.ts";
import { parse } from "../../../test/recording-sink.ts";
import { highestPublishId } from "../engine.ts";
import { encodePublish } from "../publish-packet.ts";
import { encodeConnect, encodeSubscribe, encodeUnsubscribe } from "./request-packets.ts";

const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 100 });
const topic = text.filter((value) => !/[#+\0]/.test(value));
const packetId = fc.integer({ min: 1, max: 0xffff });
const qos = fc.constantFrom(0 as const, 1 as const);
const payload = fc.uint8Array({ maxLength: 20_000 });

describe("packets of the lean engine", () => {
  it("have the bytes of mqtt-packet: CONNECT", () => {
    fc.assert(
      fc.property(
        text,
        text,
        fc.option(text, { nil: undefined }),
        fc.boolean(),
        fc.integer({ min: 0, max: 0xffff }),
        (clientId, username, password, clean, keepalive) => {
          const ours = encodeConnect({
            clientId,
            username,
            password,
            cleanSession: clean,
            keepAliveSeconds: keepalive,
          });
          const theirs = generate({
            cmd: "connect",
            protocolId: "MQTT",
            protocolVersion: 4,
            clean,
            clientId,
            keepalive,
            username,
            ...(password === undefined ? {} : { password: Buffer.from(password) }),
          });
          expect(Buffer.compare(ours, theirs)).toBe(0);
        },
      ),
    );
  });

  it("have the bytes of mqtt-packet: PUBLISH", () => {
    fc.assert(
      fc.property(
        topic,
        payload,
        qos,
        fc.boolean(),
        fc.integer({ min: 1, max: highestPublishId }),
        (to, body, level, again, id) => {
          const dup = level === 1 && again;
          const ours = encodePublish({ topic: to, payload: body, qos: level, dup, packetId: id });
          const theirs = generate({
            cmd: "publish",
            topic: to,
            payload: Buffer.from(body),
            qos: level,
            dup,
            retain: false,
            messageId: id,
          });
          expect(Buffer.compare(ours, theirs)).toBe(0);
        },
      ),
    );
  });

  it("have the bytes of mqtt-packet: SUBSCRIBE and UNSUBSCRIBE", () => {
    fc.assert(
      fc.property(
        packetId,
        fc.array(fc.record({ filter: text, qos }), { minLength: 1, maxLength: 8 }),
        (id, filters) => {
          const subscriptions = filters.map(({ filter, qos: level }) => ({ topic: filter, qos: level }));
          const names = filters.map(({ filter }) => filter);
          expect(
            Buffer.compare(
              encodeSubscribe(id, filters),
              generate({ cmd: "subscribe", messageId: id, subscriptions }),
            ),
          ).toBe(0);
          expect(
            Buffer.compare(
              encodeUnsubscribe(id, names),
              generate({ cmd: "unsubscribe", messageId: id, unsubscriptions: names }),
            ),
          ).toBe(0);
        },
      ),
    );
  });

  it("are read by mqtt-packet as they were", () => {
    fc.assert(
      fc.property(topic, payload, packetId, (to, body, id) => {
        const bytes = encodePublish({ topic: to, payload: body, qos: 1, dup: true, packetId: id });
        expect(readByMqttPacket(bytes)).toMatchObject([
          {
            cmd: "publish",
            topic: to,
            qos: 1,
            dup: true,
            retain: false,
            messageId: id,
            payload: Buffer.from(body),
          },
        ]);
      }),
    );
  });
});

describe("packets of mqtt-packet", () => {
  const fromHub: fc.Arbitrary<Packet> = fc.oneof(
    fc.record({
      cmd: fc.constant("connack" as const),
      sessionPresent: fc.boolean(),
      returnCode: fc.constant(0),
    }),
    fc
      .integer({ min: 1, max: 5 })
      .map((returnCode) => ({ cmd: "connack" as const, sessionPresent: false, returnCode })),
    fc
      .record({ topic, payload, qos, dup: fc.boolean(), retain: fc.boolean(), messageId: packetId })
      .map(({ dup, messageId, ...rest }) => ({
        cmd: "publish" as const,
        ...rest,
        payload: Buffer.from(rest.payload),
        dup: rest.qos === 1 && dup,
        ...(rest.qos === 1 ? { messageId } : {}),
      })),
    packetId.map((messageId) => ({ cmd: "puback" as const, messageId })),
    packetId.map((messageId) => ({ cmd: "unsuback", messageId }) as Packet),
    fc
      .record({
        messageId: packetId,
        granted: fc.array(fc.constantFrom(0, 1, 2, 128), { minLength: 1, maxLength: 10 }),
      })
      .map((fields) => ({ cmd: "suback" as const, ...fields }) as Packet),
    fc.constant({ cmd: "pingresp" as const }),
  );

  it("are read as they were written, and as mqtt-packet reads them, in any blocks", () => {
    fc.assert(
      fc.property(
        fc.array(fromHub, { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1, max: 5000 }),
        (packets, blockBytes) => {
          const bytes = Buffer.concat(packets.map((packet) => generate(packet)));
          const blocks: Uint8Array[] = [];
          for (let at = 0; at < bytes.length; at += blockBytes)
            blocks.push(bytes.subarray(at, at + blockBytes));
          const events = parse(...blocks);
          expect(events).toEqual(packets.map(asEvent));
          expect(events).toEqual(readByMqttPacket(bytes).map(asEvent));
        },
      ),
    );
  });
});
