import { fromUtf8 } from "../../util/text.ts";
import type { InboundPublish } from "../engine.ts";
import { appendToPacket } from "../incomplete-packet.ts";
import { uint16 } from "../packet-block.ts";
import { packetType, wrongHead, wrongLength } from "./packet-rules.ts";

/** Receives the packets of a hub, in order. */
export interface PacketSink {
  onConnack(sessionPresent: boolean, returnCode: number): void;
  onPublish(message: InboundPublish): void;
  onPuback(packetId: number): void;
  /** SUBACK with its return codes, or UNSUBACK. */
  onAnswer(packetId: number, granted: readonly number[] | undefined): void;
  onPingresp(): void;
  /** The bytes aren't valid MQTT, or a hub must not send them. This is the last call. */
  onMalformed(reason: string): void;
}

/** The empty part of a packet, because most blocks end with a packet. */
const none = new Uint8Array(0);

/**
 * Parses the bytes of a hub, however they are split into blocks, in one pass. A packet that is complete within a block is read
 * in place; an incomplete one is copied into a separate block. That block has at most twice the bytes received of the packet,
 * whatever its length field contains.
 */
export class PacketParser {
  readonly #sink: PacketSink;
  #over = false;
  /** The incomplete packet at the end of the last block: its first {@link #have} bytes. */
  #begun = none;
  #have = 0;
  /** The position of the body of the packet whose head was read last. */
  #body = 0;
  #end = 0;

  constructor(sink: PacketSink) {
    this.#sink = sink;
  }

  /** Stops reading. */
  stop(): void {
    this.#over = true;
    this.#begun = none;
    this.#have = 0;
  }

  push(bytes: Uint8Array): void {
    if (this.#over) return;
    // A Buffer's own subarray() takes three times as long as an array's.
    const block = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    const from = this.#have === 0 ? 0 : this.#complete(block);
    const end = this.#readWhole(block, from);
    if (this.#over || end === block.length) return;
    this.#keep(block, end, block.length, block.length - end);
  }

  /** Reads the packets that are complete within a block. @returns the position behind them */
  #readWhole(block: Uint8Array, from: number): number {
    const last = block.length - 4;
    let at = from;
    while (!this.#over) {
      // Acknowledgements arrive in long runs, so each one must take as little as a call with a number.
      while (at <= last && block[at] === 0x40 && block[at + 1] === 2 && !this.#over) {
        const packetId = uint16(block, at + 2);
        // Not valid, and rejected below.
        if (packetId === 0) break;
        at += 4;
        this.#sink.onPuback(packetId);
      }
      if (this.#over || !this.#readHead(block, at, block.length) || this.#end > block.length) break;
      const head = block[at] ?? 0;
      at = this.#end;
      this.#readBody(head, block, this.#body, at);
    }
    return at;
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
      // The payload of a message is a view of it, so it isn't reused.
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
    const wrong = wrongHead(head);
    if (wrong !== undefined) return this.#fail(wrong);
    let length = 0;
    for (let count = 0; count < 4; count++) {
      const next = at + 1 + count;
      if (next >= end) return false;
      const byte = bytes[next] ?? 0;
      length |= (byte & 0x7f) << (7 * count);
      if (byte < 0x80) {
        const tooLong = wrongLength(head, length);
        if (tooLong !== undefined) return this.#fail(tooLong);
        this.#body = next + 1;
        this.#end = next + 1 + length;
        return true;
      }
    }
    return this.#fail("a remaining length has more than four bytes");
  }

  /** @source MQTT 3.1.1, [MQTT-2.3.1-1], [MQTT-3.9.3-2] */
  #readBody(head: number, bytes: Uint8Array, body: number, end: number): void {
    const type = head >> 4;
    const value = uint16(bytes, body);
    if (type === packetType.publish) {
      this.#readPublish(head, bytes, body, end);
    } else if (type === packetType.pingresp) {
      this.#sink.onPingresp();
    } else if (type === packetType.connack) {
      this.#readConnack(value >> 8, value & 0xff);
    } else if (value === 0) {
      this.#fail(`packet type ${type} has packet id 0`);
    } else if (type === packetType.puback) {
      this.#sink.onPuback(value);
    } else {
      const granted = type === packetType.suback ? [...bytes.subarray(body + 2, end)] : undefined;
      const wrong = granted?.find((code) => code > 2 && code !== 0x80);
      if (wrong === undefined) this.#sink.onAnswer(value, granted);
      else this.#fail(`a SUBACK has return code ${wrong}`);
    }
  }

  /** @source MQTT 3.1.1, 3.2.2.1, 3.2.2.3, [MQTT-3.2.2-4] */
  #readConnack(flags: number, returnCode: number): void {
    if (flags > 1) this.#fail("a CONNACK has reserved flags set");
    else if (returnCode > 5) this.#fail(`a CONNACK has return code ${returnCode}`);
    else if (flags === 1 && returnCode !== 0)
      this.#fail(`a CONNACK with return code ${returnCode} has a session present`);
    else this.#sink.onConnack(flags === 1, returnCode);
  }

  /** @source MQTT 3.1.1, [MQTT-1.5.3-1], [MQTT-2.3.1-1], [MQTT-3.3.2-2] */
  #readPublish(head: number, bytes: Uint8Array, body: number, end: number): void {
    const qos = (head & 2) === 0 ? 0 : 1;
    const topicEnd = body + 2 + uint16(bytes, body);
    const start = topicEnd + 2 * qos;
    const packetId = qos === 0 ? undefined : uint16(bytes, topicEnd);
    const topic = readTopic(bytes, body + 2, topicEnd);
    let wrong: string | undefined;
    if (start > end) wrong = "is shorter than its topic";
    else if (topic === undefined) wrong = "has a topic that isn't valid UTF-8";
    // A topic must not be empty, or contain `#`, `+` or NUL. A regular expression takes three times as long.
    else if (!topic || ["#", "+", "\0"].some((one) => topic.includes(one))) wrong = "has an invalid topic";
    else if (packetId === 0) wrong = "has packet id 0";
    if (!topic || wrong) {
      this.#fail(`a PUBLISH ${wrong}`);
      return;
    }
    const dup = (head & 8) !== 0;
    this.#sink.onPublish({ topic, payload: bytes.subarray(start, end), qos, dup, packetId });
  }

  #fail(reason: string): false {
    if (!this.#over) {
      this.stop();
      this.#sink.onMalformed(reason);
    }
    return false;
  }
}

function readTopic(bytes: Uint8Array, start: number, end: number): string | undefined {
  try {
    return fromUtf8(bytes.subarray(start, end));
  } catch {
    return undefined;
  }
}
