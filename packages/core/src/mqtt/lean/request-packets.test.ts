import { describe, expect, it } from "vitest";
import { PacketReader } from "../../testing/mqtt-packets.ts";
import type { MqttConnectOptions } from "../engine.ts";
import { encodeConnect, encodeSubscribe, encodeUnsubscribe } from "./request-packets.ts";

const options: MqttConnectOptions = {
  clientId: "d1",
  username: "hub.example/d1/?api-version=2021-04-12",
  password: "secret",
  cleanSession: false,
  keepAliveSeconds: 60,
};

describe("packets of requests", () => {
  it("have the bytes of MQTT 3.1.1: CONNECT", () => {
    const plain = encodeConnect({
      clientId: "a",
      username: "ü",
      password: undefined,
      cleanSession: true,
      keepAliveSeconds: 0x102,
    });
    expect([...plain]).toEqual([
      ...[0x10, 17],
      ...[0, 4, 0x4d, 0x51, 0x54, 0x54],
      ...[4, 0x82, 1, 2],
      ...[0, 1, 0x61],
      ...[0, 2, 0xc3, 0xbc],
    ]);
    expect([...encodeConnect({ ...options, clientId: "a", username: "b", password: "c" })]).toEqual([
      ...[0x10, 19],
      ...[0, 4, 0x4d, 0x51, 0x54, 0x54],
      ...[4, 0xc0, 0, 60],
      ...[0, 1, 0x61],
      ...[0, 1, 0x62],
      ...[0, 1, 0x63],
    ]);
  });

  it("have the bytes of MQTT 3.1.1: SUBSCRIBE and UNSUBSCRIBE", () => {
    const filters = [
      { filter: "a/#", qos: 1 },
      { filter: "b", qos: 0 },
    ] as const;
    expect([...encodeSubscribe(0x8001, filters)]).toEqual([
      0x82, 12, 0x80, 1, 0, 3, 0x61, 0x2f, 0x23, 1, 0, 1, 0x62, 0,
    ]);
    expect([...encodeUnsubscribe(0x8002, ["a/#", "b"])]).toEqual([
      0xa2, 10, 0x80, 2, 0, 3, 0x61, 0x2f, 0x23, 0, 1, 0x62,
    ]);
  });

  it.each([127, 128, 16_383, 16_384, 65_000])("have the right remaining length of %i bytes", (length) => {
    const filter = "f".repeat(length - 5);
    const packet = encodeSubscribe(1, [{ filter, qos: 1 }]);
    expect(new PacketReader().push(packet)).toEqual([
      { type: "subscribe", packetId: 1, filters: [{ filter, qos: 1 }] },
    ]);
  });

  it("accept a field of 65,535 bytes, and reject a longer one without showing it", () => {
    const longest = "é".repeat(32_767);
    expect(new PacketReader().push(encodeConnect({ ...options, password: `${longest}x` }))).toMatchObject([
      { password: `${longest}x` },
    ]);
    for (const [field, what] of [
      ["clientId", "client id"],
      ["username", "user name"],
      ["password", "password"],
    ] as const) {
      const encode = () => encodeConnect({ ...options, [field]: `${longest}xx` });
      expect(encode).toThrow(expect.objectContaining({ name: "ArgumentError", code: "invalid_argument" }));
      expect(encode).toThrow(new RegExp(`^The ${what} must have at most 65535 bytes, got 65536$`));
    }
    expect(() => encodeUnsubscribe(1, ["x".repeat(65_536)])).toThrow(
      /topic filter must have at most 65535 bytes, got 65536/,
    );
  });
});
