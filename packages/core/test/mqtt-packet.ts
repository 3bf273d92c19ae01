import { type Packet, parser } from "mqtt-packet";
import type { ParserEvent } from "./recording-sink.ts";

/** Parses bytes with mqtt-packet, up to the first error. */
export function readByMqttPacket(bytes: Uint8Array): Packet[] {
  const packets: Packet[] = [];
  const reader = parser({ protocolVersion: 4 });
  let broken = false;
  reader.on("packet", (packet) => {
    if (!broken) packets.push(packet);
  });
  reader.on("error", () => {
    broken = true;
  });
  reader.parse(Buffer.from(bytes));
  return packets;
}

/** A packet of mqtt-packet in the form that our parser reports. */
export function asEvent(packet: Packet): ParserEvent {
  switch (packet.cmd) {
    case "connack":
      return { type: "connack", sessionPresent: packet.sessionPresent, returnCode: packet.returnCode ?? 0 };
    case "publish":
      return {
        type: "publish",
        topic: String(packet.topic),
        payload: new Uint8Array(Buffer.from(packet.payload)),
        qos: packet.qos === 1 ? 1 : 0,
        dup: packet.dup,
        packetId: packet.messageId,
      };
    case "suback":
      return { type: "suback", packetId: packet.messageId ?? 0, granted: packet.granted as number[] };
    case "puback":
    case "unsuback":
      return { type: packet.cmd, packetId: packet.messageId ?? 0 };
    case "pingresp":
      return { type: "pingresp" };
    default:
      throw new Error(`a hub sends no ${packet.cmd}`);
  }
}
