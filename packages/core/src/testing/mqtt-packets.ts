import { fromUtf8, utf8 } from "../util/text.ts";

/** A packet that a client sends, MQTT 3.1.1. */
export type ClientPacket =
  | {
      readonly type: "connect";
      readonly protocolName: string;
      readonly protocolLevel: number;
      readonly cleanSession: boolean;
      readonly keepAlive: number;
      readonly clientId: string;
      readonly username: string | undefined;
      readonly password: string | undefined;
    }
  | PublishPacket
  | { readonly type: "puback"; readonly packetId: number }
  | {
      readonly type: "subscribe";
      readonly packetId: number;
      readonly filters: readonly { readonly filter: string; readonly qos: number }[];
    }
  | { readonly type: "unsubscribe"; readonly packetId: number; readonly filters: readonly string[] }
  | { readonly type: "pingreq" }
  | { readonly type: "disconnect" };

/** A message, in either direction. */
export interface PublishPacket {
  readonly type: "publish";
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: number;
  readonly dup: boolean;
  readonly retain: boolean;
  /** The packet id; 0 at QoS 0. */
  readonly packetId: number;
}

/** A packet that a hub sends. */
export type ServerPacket =
  | { readonly type: "connack"; readonly sessionPresent: boolean; readonly returnCode: number }
  | PublishPacket
  | { readonly type: "puback"; readonly packetId: number }
  | { readonly type: "suback"; readonly packetId: number; readonly granted: readonly number[] }
  | { readonly type: "unsuback"; readonly packetId: number }
  | { readonly type: "pingresp" };

/** Encodes a hub's packet. */
export function encodePacket(packet: ServerPacket): Uint8Array {
  switch (packet.type) {
    case "connack":
      return frame(0x20, [packet.sessionPresent ? 1 : 0, packet.returnCode]);
    case "publish": {
      const topic = utf8(packet.topic);
      const id = packet.qos === 0 ? [] : uint16(packet.packetId);
      const flags = (packet.dup ? 8 : 0) | (packet.qos << 1) | (packet.retain ? 1 : 0);
      return frame(0x30 | flags, [...uint16(topic.length), ...topic, ...id, ...packet.payload]);
    }
    case "puback":
      return frame(0x40, uint16(packet.packetId));
    case "suback":
      return frame(0x90, [...uint16(packet.packetId), ...packet.granted]);
    case "unsuback":
      return frame(0xb0, uint16(packet.packetId));
    case "pingresp":
      return frame(0xd0, []);
  }
}

function uint16(value: number): number[] {
  return [value >> 8, value & 0xff];
}

function frame(head: number, body: readonly number[]): Uint8Array {
  const length: number[] = [];
  let rest = body.length;
  do {
    length.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest >>= 7;
  } while (rest > 0);
  return Uint8Array.from([head, ...length, ...body]);
}

/**
 * Splits a client's bytes into packets, regardless of how they are split into blocks. It is as strict as a server must be
 * and shares no code with the engine that it checks.
 */
export class PacketReader {
  #buffer = new Uint8Array(0);

  /** @throws {Error} for a packet that a client must not send, naming the rule of MQTT 3.1.1 */
  push(bytes: Uint8Array): ClientPacket[] {
    const joined = new Uint8Array(this.#buffer.length + bytes.length);
    joined.set(this.#buffer);
    joined.set(bytes, this.#buffer.length);
    const packets: ClientPacket[] = [];
    let at = 0;
    for (;;) {
      const cut = readLength(joined, at + 1);
      if (cut === undefined || cut.next + cut.length > joined.length) break;
      packets.push(readPacket(joined[at] ?? 0, joined.subarray(cut.next, cut.next + cut.length)));
      at = cut.next + cut.length;
    }
    this.#buffer = joined.slice(at);
    return packets;
  }
}

function readLength(bytes: Uint8Array, from: number): { length: number; next: number } | undefined {
  let length = 0;
  for (let at = from; at < from + 4; at++) {
    const byte = bytes[at];
    if (byte === undefined) return undefined;
    length |= (byte & 0x7f) << (7 * (at - from));
    if (byte < 0x80) return { length, next: at + 1 };
  }
  throw new Error("a length of more than four bytes [MQTT 2.2.3]");
}

function readPacket(head: number, body: Uint8Array): ClientPacket {
  const fields = new Fields(body);
  const flags = head & 0x0f;
  const type = head >> 4;
  if (type !== 3 && flags !== (type === 8 || type === 10 ? 2 : 0)) {
    throw new Error(`flags ${flags} on packet type ${type} [MQTT-2.2.2-2]`);
  }
  switch (type) {
    case 1:
      return readConnect(fields);
    case 3:
      return readPublish(flags, fields);
    case 4:
      return { type: "puback", packetId: fields.packetId() };
    case 8: {
      const packetId = fields.packetId();
      const filters: { filter: string; qos: number }[] = [];
      while (fields.left > 0) filters.push({ filter: fields.text(), qos: fields.byte() });
      if (filters.length === 0) throw new Error("SUBSCRIBE without a filter [MQTT-3.8.3-3]");
      return { type: "subscribe", packetId, filters };
    }
    case 10: {
      const packetId = fields.packetId();
      const filters: string[] = [];
      while (fields.left > 0) filters.push(fields.text());
      if (filters.length === 0) throw new Error("UNSUBSCRIBE without a filter [MQTT-3.10.3-2]");
      return { type: "unsubscribe", packetId, filters };
    }
    case 12:
      return { type: "pingreq" };
    case 14:
      return { type: "disconnect" };
    default:
      throw new Error(`a client sent packet type ${type}`);
  }
}

function readConnect(fields: Fields): ClientPacket {
  const protocolName = fields.text();
  const protocolLevel = fields.byte();
  const flags = fields.byte();
  if ((flags & 1) !== 0) throw new Error("the reserved flag of CONNECT is set [MQTT-3.1.2-3]");
  if ((flags & 4) !== 0) throw new Error("a will, which this project does not use");
  const keepAlive = fields.uint16();
  const clientId = fields.text();
  const username = (flags & 0x80) === 0 ? undefined : fields.text();
  const password = (flags & 0x40) === 0 ? undefined : fields.text();
  return {
    type: "connect",
    protocolName,
    protocolLevel,
    cleanSession: (flags & 2) !== 0,
    keepAlive,
    clientId,
    username,
    password,
  };
}

function readPublish(flags: number, fields: Fields): PublishPacket {
  const qos = (flags >> 1) & 3;
  if (qos === 3) throw new Error("QoS 3 [MQTT-3.3.1-4]");
  const dup = (flags & 8) !== 0;
  if (dup && qos === 0) throw new Error("DUP at QoS 0 [MQTT-3.3.1-2]");
  const topic = fields.text();
  if (/[#+]/.test(topic)) throw new Error("a wildcard in a topic name [MQTT-3.3.2-2]");
  const packetId = qos === 0 ? 0 : fields.packetId();
  return {
    type: "publish",
    topic,
    payload: fields.rest(),
    qos,
    dup,
    retain: (flags & 1) !== 0,
    packetId,
  };
}

/** Reads the fields of a packet's body one after the other. */
class Fields {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw new Error("a packet is shorter than its fields");
    return byte;
  }

  uint16(): number {
    return (this.byte() << 8) | this.byte();
  }

  packetId(): number {
    const id = this.uint16();
    if (id === 0) throw new Error("packet id 0 [MQTT-2.3.1-1]");
    return id;
  }

  text(): string {
    const length = this.uint16();
    if (length > this.left) throw new Error("a packet is shorter than its fields");
    const text = fromUtf8(this.#bytes.subarray(this.#at, this.#at + length));
    this.#at += length;
    return text;
  }

  rest(): Uint8Array {
    const rest = this.#bytes.slice(this.#at);
    this.#at = this.#bytes.length;
    return rest;
  }
}
