import fc from "fast-check";
import { expect } from "vitest";
import type {
  MqttConnectOptions,
  OutboundPublish,
  TopicFilter,
} from "../../packages/core/src/mqtt/engine.ts";
import {
  encodeConnect,
  encodeSubscribe,
  encodeUnsubscribe,
} from "../../packages/core/src/mqtt/lean/request-packets.ts";
import { encodePublish } from "../../packages/core/src/mqtt/publish-packet.ts";
import { PacketReader } from "../../packages/core/src/testing/mqtt-packets.ts";
import { readByMqttPacket } from "../../packages/core/test/mqtt-packet.ts";
import { attempt } from "../coded.ts";
import { defineTarget, type Target } from "../target.ts";

const text = fc.oneof(
  { weight: 9, arbitrary: fc.string({ unit: "binary", minLength: 1, maxLength: 300 }) },
  { weight: 1, arbitrary: fc.nat(70_000).map((length) => "€".repeat(1 + Math.floor(length / 3))) },
);
const topic = text.filter((value) => !/[#+\0]/.test(value));
const packetId = fc.integer({ min: 1, max: 0xffff });
const qos = fc.constantFrom(0 as const, 1 as const);
const filters = fc.array(fc.record({ filter: topic, qos }), { minLength: 1, maxLength: 5 });

/** A packet to encode. */
type Packet =
  | { readonly type: "connect"; readonly options: MqttConnectOptions }
  | { readonly type: "publish"; readonly message: OutboundPublish }
  | {
      readonly type: "subscribe" | "unsubscribe";
      readonly id: number;
      readonly filters: readonly TopicFilter[];
    };

const packet: fc.Arbitrary<Packet> = fc.oneof(
  fc.record({
    type: fc.constant("connect" as const),
    options: fc.record({
      clientId: text,
      username: text,
      password: fc.option(text, { nil: undefined }),
      cleanSession: fc.boolean(),
      keepAliveSeconds: fc.nat(0xffff),
    }),
  }),
  fc.record({
    type: fc.constant("publish" as const),
    message: fc
      .record({
        topic,
        payload: fc.oneof(text, fc.uint8Array({ maxLength: 20_000 })),
        qos,
        dup: fc.boolean(),
        packetId,
      })
      .map(({ dup, ...message }) => ({ ...message, dup: dup && message.qos === 1 })),
  }),
  fc.record({ type: fc.constantFrom("subscribe" as const, "unsubscribe" as const), id: packetId, filters }),
);

/** Our packets, read by mqtt-packet and by the strict reader of the tests. */
export const clientPackets: Target = defineTarget("client-packets", packet, (value) => {
  const encoded = attempt(() => encode(value));
  if ("error" in encoded) {
    expect(JSON.stringify(value).length).toBeGreaterThan(0xffff / 3);
    return;
  }
  const bytes = encoded.value;
  const [ours, ...more] = new PacketReader().push(bytes.slice());
  expect(more).toEqual([]);
  const [theirs] = readByMqttPacket(bytes);
  expect(theirs?.cmd).toBe(value.type);
  expect(ours?.type).toBe(value.type);
  const fields: Record<string, unknown> = { ...theirs };
  if (value.type === "connect") {
    const { options } = value;
    expect(ours).toMatchObject({
      ...{ clientId: options.clientId, username: options.username, password: options.password },
      ...{ cleanSession: options.cleanSession, keepAlive: options.keepAliveSeconds },
    });
    expect(String(fields["username"])).toBe(options.username);
    expect(fields["clientId"]).toBe(options.clientId);
    expect(fields["keepalive"]).toBe(options.keepAliveSeconds);
  } else if (value.type === "publish") {
    const { topic: name, payload, dup, qos: level, packetId: id } = value.message;
    const body = Buffer.from(payload as Uint8Array);
    expect(ours).toMatchObject({ topic: name, dup, qos: level, packetId: level === 0 ? 0 : id });
    expect(fields["topic"]).toBe(name);
    expect(Buffer.compare(fields["payload"] as Buffer, body)).toBe(0);
    if (ours?.type === "publish") expect(Buffer.compare(ours.payload, body)).toBe(0);
  } else {
    expect(fields["messageId"]).toBe(value.id);
    const names = value.filters.map(({ filter }) => filter);
    if (value.type === "unsubscribe") expect(ours).toMatchObject({ packetId: value.id, filters: names });
    else expect(ours).toMatchObject({ packetId: value.id, filters: value.filters });
  }
});

function encode(value: Packet): Uint8Array {
  if (value.type === "connect") return encodeConnect(value.options);
  if (value.type === "publish") return encodePublish(value.message);
  return value.type === "subscribe"
    ? encodeSubscribe(value.id, value.filters)
    : encodeUnsubscribe(
        value.id,
        value.filters.map(({ filter }) => filter),
      );
}
