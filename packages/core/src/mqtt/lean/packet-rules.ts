/**
 * The largest packet that is taken, in bytes, without its type and length.
 *
 * The largest that IoT Hub sends is a message of 256 KB routed to a module, with its properties in a topic of at most
 * 64 KB; a twin and the payload of a method stay below that. Four times as much is room for what the hub may grow to, and
 * still nothing that takes a small device's memory away: MQTT's own limit is 256 MB.
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
 * [shortest, longest] body of each packet type that a hub sends: the others are reserved, a client's, or of QoS 2. What is
 * longer is known to be wrong before any of it is kept.
 */
const bodyLengths: Readonly<Record<number, readonly [number, number]>> = {
  [packetType.connack]: [2, 2],
  // The length of a topic, and a topic of one character.
  [packetType.publish]: [3, largestPacketBytes],
  [packetType.puback]: [2, 2],
  // A packet id and a return code; more return codes than there are subscriptions come to light with the request.
  [packetType.suback]: [3, 0xffff],
  [packetType.unsuback]: [2, 2],
  [packetType.pingresp]: [0, 0],
};

/** What is wrong with the first byte of a packet from a hub; undefined when nothing is. */
export function wrongHead(head: number): string | undefined {
  const type = head >> 4;
  if (bodyLengths[type] === undefined) return `packet type ${type} is not for a hub to send [MQTT 2.2.1]`;
  const isPublish = type === packetType.publish;
  if (!isPublish && (head & 0x0f) !== 0) return `packet type ${type} has reserved flags set [MQTT-2.2.2-2]`;
  // Two is not subscribed to, and three is nothing.
  if ((head & 4) !== 0) return `a PUBLISH must have QoS 0 or 1, got QoS ${(head >> 1) & 3}`;
  return isPublish && (head & 0x0a) === 8 ? "a PUBLISH at QoS 0 has DUP set [MQTT-3.3.1-2]" : undefined;
}

/** What is wrong with the remaining length of a packet; undefined when nothing is. */
export function wrongLength(head: number, length: number): string | undefined {
  const type = head >> 4;
  const [least, most] = bodyLengths[type] ?? [0, 0];
  if (length >= least && length <= most) return undefined;
  return length > largestPacketBytes
    ? `a packet has ${length} bytes, the most that is taken is ${largestPacketBytes}`
    : `packet type ${type} has a remaining length of ${length}`;
}
