/** The name of an MQTT 3.1.1 packet. */
export type MqttPacketType =
  | "CONNECT"
  | "CONNACK"
  | "PUBLISH"
  | "PUBACK"
  | "PUBREC"
  | "PUBREL"
  | "PUBCOMP"
  | "SUBSCRIBE"
  | "SUBACK"
  | "UNSUBSCRIBE"
  | "UNSUBACK"
  | "PINGREQ"
  | "PINGRESP"
  | "DISCONNECT"
  | "UNKNOWN";

/** An MQTT 3.1.1 packet, decoded for people. It never contains the password of CONNECT, which is a SAS token. */
export interface MqttPacket {
  readonly type: MqttPacketType;
  /** The size on the wire, in bytes. */
  readonly bytes: number;
  readonly packetId?: number;
  /** The client id of a CONNECT. */
  readonly clientId?: string;
  /** The user name of a CONNECT. */
  readonly username?: string;
  /** The keep-alive of a CONNECT, in seconds. */
  readonly keepAliveSeconds?: number;
  /** Whether a CONNECT begins a new session. */
  readonly cleanSession?: boolean;
  /** Whether the hub still has the session, in a CONNACK. */
  readonly sessionPresent?: boolean;
  /** The return code of a CONNACK: 0 accepts the client. */
  readonly returnCode?: number;
  /** The topic of a PUBLISH. */
  readonly topic?: string;
  /** A copy of the body of a PUBLISH. */
  readonly payload?: Uint8Array;
  /** The QoS of a PUBLISH. */
  readonly qos?: number;
  /** Whether a PUBLISH has been sent before. */
  readonly dup?: boolean;
  /** The topic filters of a SUBSCRIBE or UNSUBSCRIBE. */
  readonly filters?: readonly string[];
  /** The QoS that a SUBACK grants for each filter, 128 for a refused one. */
  readonly granted?: readonly number[];
}

const types: readonly MqttPacketType[] = [
  "UNKNOWN",
  "CONNECT",
  "CONNACK",
  "PUBLISH",
  "PUBACK",
  "PUBREC",
  "PUBREL",
  "PUBCOMP",
  "SUBSCRIBE",
  "SUBACK",
  "UNSUBSCRIBE",
  "UNSUBACK",
  "PINGREQ",
  "PINGRESP",
  "DISCONNECT",
  "UNKNOWN",
];

const decoder = new TextDecoder();

/** Reads the fields of a packet's body in order. Past its end, numbers are 0 and strings empty. */
class BodyReader {
  readonly #bytes: Uint8Array;
  #at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  byte(): number {
    return this.#bytes[this.#at++] ?? 0;
  }

  uint16(): number {
    return (this.byte() << 8) | this.byte();
  }

  string(): string {
    const length = this.uint16();
    this.#at += length;
    return decoder.decode(this.#bytes.subarray(this.#at - length, this.#at));
  }

  rest(): Uint8Array {
    return this.#bytes.slice(this.#at);
  }
}

/** Decodes one whole packet. It accepts anything, because it only shows what another part of the program sent or checks. */
export function decodePacket(bytes: Uint8Array): MqttPacket {
  const head = bytes[0] ?? 0;
  const type = types[head >> 4] ?? "UNKNOWN";
  let body = 1;
  while (((bytes[body] ?? 0) & 0x80) !== 0) body++;
  const reader = new BodyReader(bytes, body + 1);
  const packet = { type, bytes: bytes.length };
  if (type === "CONNECT") return { ...packet, ...readConnect(reader) };
  if (type === "CONNACK") {
    return { ...packet, sessionPresent: reader.byte() === 1, returnCode: reader.byte() };
  }
  if (type === "PUBLISH") {
    const qos = (head >> 1) & 3;
    const topic = reader.string();
    const id = qos === 0 ? {} : { packetId: reader.uint16() };
    return { ...packet, topic, qos, dup: (head & 8) !== 0, ...id, payload: reader.rest() };
  }
  if (reader.isAtEnd) return packet;
  const packetId = reader.uint16();
  if (type === "SUBACK") return { ...packet, packetId, granted: [...reader.rest()] };
  if (type !== "SUBSCRIBE" && type !== "UNSUBSCRIBE") return { ...packet, packetId };
  const filters: string[] = [];
  while (!reader.isAtEnd) {
    filters.push(reader.string());
    if (type === "SUBSCRIBE") reader.byte();
  }
  return { ...packet, packetId, filters };
}

/** @source MQTT 3.1.1, 3.1 */
function readConnect(reader: BodyReader): Partial<MqttPacket> {
  reader.string();
  reader.byte();
  const flags = reader.byte();
  const keepAliveSeconds = reader.uint16();
  const clientId = reader.string();
  // A will comes before the user name.
  if ((flags & 4) !== 0) {
    reader.string();
    reader.string();
  }
  const cleanSession = (flags & 2) !== 0;
  const name = (flags & 0x80) === 0 ? {} : { username: reader.string() };
  return { clientId, keepAliveSeconds, cleanSession, ...name };
}
