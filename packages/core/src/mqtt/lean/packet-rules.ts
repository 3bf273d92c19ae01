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

/** Those that a hub never sends, with the reason. */
const wrongTypes: Readonly<Record<number, string>> = {
  0: "packet type 0 is reserved [MQTT 2.2.1]",
  1: "CONNECT is for clients to send [MQTT 2.2.1]",
  5: "PUBREC is of QoS 2, at which nothing was sent",
  6: "PUBREL is of QoS 2, for which nothing was subscribed",
  7: "PUBCOMP is of QoS 2, at which nothing was sent",
  8: "SUBSCRIBE is for clients to send [MQTT 2.2.1]",
  10: "UNSUBSCRIBE is for clients to send [MQTT 2.2.1]",
  12: "PINGREQ is for clients to send [MQTT 2.2.1]",
  14: "DISCONNECT is for clients to send [MQTT 2.2.1]",
  15: "packet type 15 is reserved [MQTT 2.2.1]",
};

/** [shortest, longest] body of a packet type; what is longer is known to be wrong before any of it is kept. */
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
  if (type === packetType.publish) {
    const qos = (head >> 1) & 3;
    if (qos === 3) return "a PUBLISH has QoS 3 [MQTT-3.3.1-4]";
    if (qos === 2) return "a PUBLISH has QoS 2, for which nothing was subscribed";
    if (qos === 0 && (head & 8) !== 0) return "a PUBLISH at QoS 0 has DUP set [MQTT-3.3.1-2]";
    return undefined;
  }
  const reason = wrongTypes[type];
  if (reason !== undefined) return reason;
  return (head & 0x0f) === 0 ? undefined : `packet type ${type} has reserved flags set [MQTT-2.2.2-2]`;
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
