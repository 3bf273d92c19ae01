import { describe, expect, it } from "vitest";
import type { MqttSessionEvents } from "./engine.ts";
import { leanEngine } from "./lean/lean-engine.ts";
import { type TappedPacket, tapPackets } from "./packet-tap.ts";
import { encodePublish } from "./publish-packet.ts";

const events: MqttSessionEvents = {
  onOpen() {},
  onRefused() {},
  onPublish() {},
  onPuback() {},
  onProtocolError(error) {
    throw error;
  },
};

function start(listener: (packet: TappedPacket) => void) {
  const sent: Uint8Array[] = [];
  const session = tapPackets(leanEngine, listener).start(
    { send: (bytes) => sent.push(bytes) > 0 },
    {
      clientId: "d1",
      username: "hub/d1",
      password: "secret token",
      cleanSession: false,
      keepAliveSeconds: 60,
    },
    events,
  );
  return { session, sent };
}

const connack = Uint8Array.of(0x20, 2, 1, 0);

describe("tapPackets", () => {
  it("reports what is sent and received, without the password", async () => {
    const packets: TappedPacket[] = [];
    const { session } = start((packet) => packets.push(packet));
    session.receive(connack);
    void session.subscribe([{ filter: "$iothub/methods/POST/#", qos: 0 }]);
    session.publish(
      encodePublish({
        topic: "devices/d1/messages/events/",
        payload: "21.5",
        qos: 1,
        dup: false,
        packetId: 7,
      }),
    );
    session.receive(Uint8Array.of(0x40, 2, 0, 7, 0xd0, 0));
    session.disconnect();
    expect(JSON.stringify(packets)).not.toContain("secret");
    expect(packets.map(({ direction, packet }) => `${direction} ${packet.type}`)).toEqual([
      "sent CONNECT",
      "received CONNACK",
      "sent SUBSCRIBE",
      "sent PUBLISH",
      "received PUBACK",
      "received PINGRESP",
      "sent DISCONNECT",
    ]);
    expect(packets[0]).toEqual({
      direction: "sent",
      connection: 1,
      clientId: "d1",
      packet: expect.objectContaining({ clientId: "d1", username: "hub/d1", keepAliveSeconds: 60 }),
    });
    expect(packets[1]?.packet).toMatchObject({ sessionPresent: true, returnCode: 0 });
    expect(packets[2]?.packet.filters).toEqual(["$iothub/methods/POST/#"]);
    expect(packets[3]?.packet).toMatchObject({ topic: "devices/d1/messages/events/", qos: 1, packetId: 7 });
    expect(new TextDecoder().decode(packets[3]?.packet.payload)).toBe("21.5");
  });

  it("reads packets that arrive in pieces", () => {
    const types: string[] = [];
    const { session } = start(({ packet }) => types.push(packet.type));
    for (const byte of [...connack, 0x40, 2, 0, 1]) session.receive(Uint8Array.of(byte));
    expect(types).toEqual(["CONNECT", "CONNACK", "PUBACK"]);
  });

  it("ignores a listener that throws, and a packet that no hub sends", () => {
    const { session, sent } = start(() => {
      throw new Error("listener");
    });
    expect(sent).toHaveLength(1);
    session.receive(connack);
    const seen: string[] = [];
    const other = start(({ packet }) => seen.push(packet.type));
    other.session.stop();
    other.session.receive(Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0x7f));
    other.session.receive(connack);
    expect(seen).toEqual(["CONNECT"]);
  });
});
