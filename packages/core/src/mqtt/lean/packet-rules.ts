/**
 * The size of the largest packet that is accepted, in bytes, without its type and length.
 *
 * The largest that IoT Hub sends is a message of 256 KB routed to a module, with its properties in a topic of at most 64 KB;
 * twins and method payloads are smaller. Four times as much leaves room for changes of the hub, and doesn't exhaust the memory
 * of a small device. The limit of MQTT itself is 256 MB.
 */
export const largestPacketBytes = 1_048_576;

/** Packet types. @source MQTT 3.1.1, table 2.1 */
export const packetType = {
  connack: 2,
  publish: 3,
  puback: 4,
  suback: 9,
  unsuback: 11,
  pingresp: 13,
} as const;

/**
 * The shortest and longest body of each packet type that a hub sends; other types are reserved, for clients, or for QoS 2. A
 * longer packet is rejected before any of it is kept.
 */
const bodyLengths: Readonly<Record<number, readonly [number, number]>> = {
  [packetType.connack]: [2, 2],
  // The length of a topic, and a topic of one character.
  [packetType.publish]: [3, largestPacketBytes],
  [packetType.puback]: [2, 2],
  // A packet id and at least one return code. The session checks their number.
  [packetType.suback]: [3, 0xffff],
  [packetType.unsuback]: [2, 2],
  [packetType.pingresp]: [0, 0],
};

/** Checks the first byte of a packet from a hub. @returns the broken rule */
export function wrongHead(head: number): string | undefined {
  // @source MQTT 3.1.1, 2.2.1, [MQTT-2.2.2-2], [MQTT-3.3.1-2]
  const type = head >> 4;
  if (bodyLengths[type] === undefined) return `packet type ${type} is not one that a hub sends`;
  const isPublish = type === packetType.publish;
  if (!isPublish && (head & 0x0f) !== 0) return `packet type ${type} has reserved flags set`;
  // The client doesn't subscribe at QoS 2, and QoS 3 doesn't exist.
  if ((head & 4) !== 0) return `a PUBLISH must have QoS 0 or 1, got QoS ${(head >> 1) & 3}`;
  return isPublish && (head & 0x0a) === 8 ? "a PUBLISH at QoS 0 has DUP set" : undefined;
}

/** Checks the remaining length of a packet. @returns the broken rule */
export function wrongLength(head: number, length: number): string | undefined {
  const type = head >> 4;
  const [shortest, longest] = bodyLengths[type] ?? [0, 0];
  if (length >= shortest && length <= longest) return undefined;
  return length > largestPacketBytes
    ? `a packet must have at most ${largestPacketBytes} bytes, got ${length}`
    : `packet type ${type} has a remaining length of ${length}`;
}
