/** The packet types that a client sends. @source MQTT 3.1.1, table 2.1 */
export const clientPacketType = {
  connect: 1,
  publish: 3,
  puback: 4,
  subscribe: 8,
  unsubscribe: 10,
  pingreq: 12,
  disconnect: 14,
} as const;

/** The longest packets that a server reads, in bytes without type and length. */
export interface ClientPacketLimits {
  readonly connect: number;
  readonly publish: number;
}

/** The rules of a packet type: the low bits of its first byte, and its shortest and longest body. */
interface Rule {
  readonly name: string;
  readonly flags: number;
  readonly shortest: number;
  readonly longest: number | keyof ClientPacketLimits;
}

const longestRequest = 65_536;

/** By packet type; other types are reserved, for servers, or for QoS 2. @source MQTT 3.1.1, table 2.2 */
const rules: Readonly<Record<number, Rule>> = {
  [clientPacketType.connect]: { name: "a CONNECT", flags: 0, shortest: 2, longest: "connect" },
  // The length of a topic, and a topic of one character.
  [clientPacketType.publish]: { name: "a PUBLISH", flags: 0, shortest: 3, longest: "publish" },
  [clientPacketType.puback]: { name: "a PUBACK", flags: 0, shortest: 2, longest: 2 },
  [clientPacketType.subscribe]: { name: "a SUBSCRIBE", flags: 2, shortest: 6, longest: longestRequest },
  [clientPacketType.unsubscribe]: { name: "an UNSUBSCRIBE", flags: 2, shortest: 5, longest: longestRequest },
  [clientPacketType.pingreq]: { name: "a PINGREQ", flags: 0, shortest: 0, longest: 0 },
  [clientPacketType.disconnect]: { name: "a DISCONNECT", flags: 0, shortest: 0, longest: 0 },
};

/** Checks the first byte of a packet from a client. @returns the broken rule */
export function wrongHead(head: number, connected: boolean): string | undefined {
  // @source MQTT 3.1.1, [MQTT-2.2.2-2], [MQTT-3.1.0-1], [MQTT-3.1.0-2], [MQTT-3.3.1-2], [MQTT-3.3.1-4]
  const type = head >> 4;
  const rule = rules[type];
  if (rule === undefined) return `packet type ${type} is not one that a client sends`;
  const isConnect = type === clientPacketType.connect;
  if (isConnect === connected) return isConnect ? "a second CONNECT" : `${rule.name} before CONNECT`;
  if (type !== clientPacketType.publish) {
    return (head & 0x0f) === rule.flags ? undefined : `${rule.name} has reserved flags set`;
  }
  if ((head & 6) === 6) return "a PUBLISH has QoS 3";
  return (head & 0x0e) === 8 ? "a PUBLISH at QoS 0 has DUP set" : undefined;
}

/** Checks the remaining length of a packet whose first byte is valid. @returns the broken rule */
export function wrongLength(head: number, length: number, limits: ClientPacketLimits): string | undefined {
  const rule = rules[head >> 4];
  if (rule === undefined) return undefined;
  const longest = typeof rule.longest === "number" ? rule.longest : limits[rule.longest];
  if (length < rule.shortest) return `${rule.name} must have at least ${rule.shortest} bytes, got ${length}`;
  return length > longest ? `${rule.name} must have at most ${longest} bytes, got ${length}` : undefined;
}
