/** The tap for MQTT packets, in a separate file, so that pages without it don't download it. */
export {
  type MqttPacket,
  type MqttPacketType,
  type PacketListener,
  type TappedPacket,
  tapPackets,
} from "@isohub/core/wire";
