/** The tap for MQTT packets, in a separate entry so that applications without it don't load it. */
export type { MqttEngine } from "./mqtt/engine.ts";
export type { MqttPacket, MqttPacketType } from "./mqtt/mqtt-packet.ts";
export { type PacketListener, type TappedPacket, tapPackets } from "./mqtt/packet-tap.ts";
