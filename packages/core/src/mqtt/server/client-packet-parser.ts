import { fromUtf8 } from "../../util/text.ts";
import type { TopicFilter } from "../engine.ts";
import { appendToPacket } from "../incomplete-packet.ts";
import { uint16 } from "../packet-block.ts";
import {
  type ClientPacketLimits,
  clientPacketType as packetType,
  wrongHead,
  wrongLength,
} from "./client-packet-rules.ts";
import { type ConnectPacket, type ForeignConnect, readConnect } from "./connect-packet.ts";
import { FieldReader, MalformedPacket } from "./field-reader.ts";

/** A PUBLISH from a client. */
export interface ClientPublish {
  readonly topic: string;
  /** A view of the received block: copy what you keep. */
  readonly payload: Uint8Array;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  readonly dup: boolean;
  /** 0 at QoS 0. */
  readonly packetId: number;
}

/** A topic filter of a SUBSCRIBE, with the requested QoS. */
export type RequestedFilter = Omit<TopicFilter, "qos"> & { readonly qos: 0 | 1 | 2 };

/** Receives the packets of a client, in order. */
export interface ClientPacketSink {
  /** The first packet. Call {@link ClientPacketParser.hold} until it is answered. */
  onConnect(packet: ConnectPacket | ForeignConnect): void;
  onPublish(packet: ClientPublish): void;
  onPuback(packetId: number): void;
  onSubscribe(packetId: number, filters: readonly RequestedFilter[]): void;
  onUnsubscribe(packetId: number, filters: readonly string[]): void;
  onPingreq(): void;
  onDisconnect(): void;
  /** The bytes aren't valid MQTT, or a client must not send them here. This is the last call. */
  onMalformed(reason: string): void;
}

const none = new Uint8Array(0);

/**
 * Parses the bytes of a client, however they are split into blocks. A packet that is too long, or that a client must not
 * send, is rejected as soon as its length is known; of an incomplete packet, at most twice the received bytes are kept.
 */
export class ClientPacketParser {
  readonly #sink: ClientPacketSink;
  readonly #limits: ClientPacketLimits;
  #over = false;
  #connected = false;
  #isHeld = false;
  /** Blocks that wait for {@link release}. */
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  /** The incomplete packet at the end of the last block: its first {@link #have} bytes. */
  #begun = none;
  #have = 0;
  /** The position of the body of the packet whose head was read last. */
  #body = 0;
  #end = 0;
  // Clients send to the same topic again and again.
  #topicBytes = none;
  #topic = "";

  constructor(sink: ClientPacketSink, limits: ClientPacketLimits) {
    this.#sink = sink;
    this.#limits = limits;
  }

  /** The number of bytes that wait for {@link release}. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Stops reading. */
  stop(): void {
    this.#over = true;
    this.#begun = none;
    this.#have = 0;
    this.#waiting = [];
    this.#waitingBytes = 0;
  }

  /** Keeps everything that follows the current packet, until {@link release}. */
  hold(): void {
    this.#isHeld = true;
  }

  /** Reads what was kept. */
  release(): void {
    this.#isHeld = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    for (const block of waiting) this.push(block);
  }

  push(bytes: Uint8Array): void {
    if (this.#over || bytes.length === 0) return;
    if (this.#isHeld) {
      this.#waiting.push(bytes);
      this.#waitingBytes += bytes.length;
      return;
    }
    // A Buffer's own subarray() takes three times as long as an array's.
    const block = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    let at = this.#have === 0 ? 0 : this.#complete(block);
    while (
      !this.#over &&
      !this.#isHeld &&
      this.#readHead(block, at, block.length) &&
      this.#end <= block.length
    ) {
      const head = block[at] ?? 0;
      at = this.#end;
      this.#readBody(head, block, this.#body, at);
    }
    if (this.#over || at === block.length) return;
    if (this.#isHeld) this.push(block.subarray(at));
    else this.#keep(block, at, block.length, block.length - at);
  }

  /** Completes the incomplete packet. @returns the number of bytes taken from this block */
  #complete(block: Uint8Array): number {
    let at = 0;
    while (!this.#readHead(this.#begun, 0, this.#have)) {
      if (at === block.length || this.#over) return at;
      this.#keep(block, at, ++at, 1);
    }
    const size = this.#end;
    const taken = Math.min(size - this.#have, block.length - at);
    this.#keep(block, at, at + taken, size);
    if (this.#have === size) {
      const packet = this.#begun;
      this.#have = 0;
      this.#begun = none;
      this.#readBody(packet[0] ?? 0, packet, this.#body, size);
    }
    return at + taken;
  }

  /** Appends a part of a block to the incomplete packet. @param size - the known size of the packet */
  #keep(block: Uint8Array, from: number, to: number, size: number): void {
    this.#begun = appendToPacket(this.#begun, this.#have, block.subarray(from, to), size);
    this.#have += to - from;
  }

  /** Reads type and remaining length of the packet at `at`. @returns false if they are incomplete or not valid */
  #readHead(bytes: Uint8Array, at: number, end: number): boolean {
    if (at >= end) return false;
    const head = bytes[at] ?? 0;
    const wrong = wrongHead(head, this.#connected);
    if (wrong !== undefined) return this.#fail(wrong);
    let length = 0;
    for (let count = 0; count < 4; count++) {
      const next = at + 1 + count;
      if (next >= end) return false;
      const byte = bytes[next] ?? 0;
      length |= (byte & 0x7f) << (7 * count);
      if (byte < 0x80) {
        const wrongSize = wrongLength(head, length, this.#limits);
        if (wrongSize !== undefined) return this.#fail(wrongSize);
        this.#body = next + 1;
        this.#end = next + 1 + length;
        return true;
      }
    }
    return this.#fail("a remaining length has more than four bytes");
  }

  #readBody(head: number, bytes: Uint8Array, body: number, end: number): void {
    const type = head >> 4;
    if (type === packetType.publish) this.#readPublish(head, bytes, body, end);
    else if (type === packetType.puback) this.#readPuback(uint16(bytes, body));
    else if (type === packetType.pingreq) this.#sink.onPingreq();
    else if (type === packetType.disconnect) this.#sink.onDisconnect();
    else this.#readRequest(type, bytes, body, end);
  }

  #readRequest(type: number, bytes: Uint8Array, body: number, end: number): void {
    try {
      if (type === packetType.connect) {
        this.#connected = true;
        this.#sink.onConnect(readConnect(bytes, body, end));
      } else if (type === packetType.subscribe) {
        const fields = new FieldReader("a SUBSCRIBE", bytes, body, end);
        this.#sink.onSubscribe(readPacketId(fields), readFilters(fields, readRequestedFilter));
      } else {
        const fields = new FieldReader("an UNSUBSCRIBE", bytes, body, end);
        this.#sink.onUnsubscribe(readPacketId(fields), readFilters(fields, readFilter));
      }
    } catch (error) {
      if (!(error instanceof MalformedPacket)) throw error;
      this.#fail(error.message);
    }
  }

  #readPuback(packetId: number): void {
    if (packetId === 0) this.#fail("a PUBACK has packet id 0");
    else this.#sink.onPuback(packetId);
  }

  /** @source MQTT 3.1.1, [MQTT-1.5.3-1], [MQTT-2.3.1-1], [MQTT-3.3.2-2], [MQTT-4.7.3-1] */
  #readPublish(head: number, bytes: Uint8Array, body: number, end: number): void {
    const qos = ((head >> 1) & 3) as 0 | 1 | 2;
    const topicEnd = body + 2 + uint16(bytes, body);
    const start = qos === 0 ? topicEnd : topicEnd + 2;
    const packetId = qos === 0 ? 0 : uint16(bytes, topicEnd);
    const topic = start > end ? undefined : this.#readTopic(bytes, body + 2, topicEnd);
    if (topic === undefined) {
      this.#fail(`a PUBLISH ${start > end ? "is shorter than its topic" : "has an invalid topic"}`);
    } else if (qos !== 0 && packetId === 0) {
      this.#fail("a PUBLISH has packet id 0");
    } else {
      const payload = bytes.subarray(start, end);
      this.#sink.onPublish({
        topic,
        payload,
        qos,
        retain: (head & 1) !== 0,
        dup: (head & 8) !== 0,
        packetId,
      });
    }
  }

  #readTopic(bytes: Uint8Array, start: number, end: number): string | undefined {
    const last = this.#topicBytes;
    if (last.length === end - start && last.length > 0) {
      let at = 0;
      while (at < last.length && last[at] === bytes[start + at]) at++;
      if (at === last.length) return this.#topic;
    }
    const topic = decodeTopic(bytes.subarray(start, end));
    if (topic !== undefined) {
      this.#topic = topic;
      this.#topicBytes = bytes.slice(start, end);
    }
    return topic;
  }

  #fail(reason: string): false {
    if (!this.#over) {
      this.stop();
      this.#sink.onMalformed(reason);
    }
    return false;
  }
}

// A topic must not be empty, or contain `#`, `+` or NUL.
function decodeTopic(bytes: Uint8Array): string | undefined {
  try {
    const topic = fromUtf8(bytes);
    return topic === "" || /[#+\0]/.test(topic) ? undefined : topic;
  } catch {
    return undefined;
  }
}

/** @source MQTT 3.1.1, [MQTT-2.3.1-1] */
function readPacketId(fields: FieldReader): number {
  const packetId = fields.uint16();
  if (packetId === 0) throw fields.wrong("has packet id 0");
  return packetId;
}

/** @source MQTT 3.1.1, [MQTT-3.8.3-3], [MQTT-3.10.3-2] */
function readFilters<Filter>(fields: FieldReader, read: (fields: FieldReader) => Filter): Filter[] {
  const filters = [read(fields)];
  while (!fields.isAtEnd) filters.push(read(fields));
  return filters;
}

function readFilter(fields: FieldReader): string {
  const filter = fields.string();
  // [MQTT-4.7.3-1]
  if (filter === "") throw fields.wrong("has an empty topic filter");
  return filter;
}

/** @source MQTT 3.1.1, [MQTT-3-8.3-4] */
function readRequestedFilter(fields: FieldReader): RequestedFilter {
  const filter = readFilter(fields);
  const qos = fields.byte();
  if (qos > 2) throw fields.wrong(`has a requested QoS of ${qos}`);
  return { filter, qos: qos as 0 | 1 | 2 };
}
