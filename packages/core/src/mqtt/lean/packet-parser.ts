import { fromUtf8 } from "../../util/text.ts";
import type { InboundPublish } from "../engine.ts";
import { packetType, wrongHead, wrongLength } from "./packet-rules.ts";

/** What the packets of a hub come to: one call for each, in their order. */
export interface PacketSink {
  onConnack(sessionPresent: boolean, returnCode: number): void;
  onPublish(message: InboundPublish): void;
  onPuback(packetId: number): void;
  /** SUBACK, or UNSUBACK with nothing granted. */
  onAnswer(packetId: number, granted: readonly number[] | undefined): void;
  onPingresp(): void;
  /** The bytes are no MQTT, or none that a hub may send; nothing comes after this. */
  onMalformed(reason: string): void;
}

/** Nothing of a packet; most blocks end where a packet ends. */
const none = new Uint8Array(0);

/**
 * Reads what a hub sends, however it is split into blocks. One pass: packets that lie in a block as a whole are read where
 * they lie, and only one that is cut is copied, into a block of its own. That block has at most twice the bytes that have
 * arrived, whatever the packet says of its length.
 */
export class PacketParser {
  readonly #sink: PacketSink;
  #over = false;
  /** The packet that the last block ended in, its first {@link #have} bytes. */
  #begun = none;
  #have = 0;
  /** Where the body of the packet whose head was read last begins and ends; `#end` is 0 when the head is cut. */
  #body = 0;
  #end = 0;

  constructor(sink: PacketSink) {
    this.#sink = sink;
  }

  /** Nothing is read any more. */
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
    const rest = this.#readWhole(block, from);
    if (this.#over || rest === block.length) return;
    this.#keep(block, rest, block.length, block.length - rest);
  }

  /** Reads the packets that lie in a block as a whole. @returns where the first that does not begins */
  #readWhole(block: Uint8Array, from: number): number {
    const last = block.length - 4;
    let at = from;
    while (!this.#over) {
      // Acknowledgements come in long runs, and a call and a number is all that each is worth.
      while (at <= last && block[at] === 0x40 && block[at + 1] === 2 && !this.#over) {
        const packetId = uint16(block, at + 2);
        // Which is wrong, and said below.
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

  /** Completes the packet that the last block ended in. @returns how much of this block it took */
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
      // What it says of a message is a window on it, so it is not used again.
      this.#begun = none;
      this.#readBody(packet[0] ?? 0, packet, this.#body, size);
    }
    return at + taken;
  }

  /** Keeps a part of a block, behind what there is of a packet. @param most - no more room than that is needed */
  #keep(block: Uint8Array, from: number, to: number, most: number): void {
    const part = block.subarray(from, to);
    const needed = this.#have + part.length;
    if (needed > this.#begun.length) {
      const begun = new Uint8Array(Math.max(needed, Math.min(most, this.#begun.length * 2)));
      begun.set(this.#begun.subarray(0, this.#have));
      this.#begun = begun;
    }
    this.#begun.set(part, this.#have);
    this.#have = needed;
  }

  /**
   * Reads type and remaining length: where the body of the packet at `at` begins and where it ends.
   *
   * @returns false when they are cut, or wrong
   */
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
    return this.#fail("a remaining length has more than four bytes [MQTT 2.2.3]");
  }

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
      this.#fail(`packet type ${type} has packet id 0 [MQTT-2.3.1-1]`);
    } else if (type === packetType.puback) {
      this.#sink.onPuback(value);
    } else {
      const granted = type === packetType.suback ? [...bytes.subarray(body + 2, end)] : undefined;
      const wrong = granted?.find((code) => code > 2 && code !== 0x80);
      if (wrong === undefined) this.#sink.onAnswer(value, granted);
      else this.#fail(`a SUBACK has return code ${wrong} [MQTT-3.9.3-2]`);
    }
  }

  #readConnack(flags: number, returnCode: number): void {
    if (flags > 1) this.#fail("a CONNACK has reserved flags set [MQTT 3.2.2.1]");
    else if (returnCode > 5) this.#fail(`a CONNACK has return code ${returnCode} [MQTT 3.2.2.3]`);
    else if (flags === 1 && returnCode !== 0)
      this.#fail(`a CONNACK refuses, with ${returnCode}, and has a session present [MQTT-3.2.2-4]`);
    else this.#sink.onConnack(flags === 1, returnCode);
  }

  #readPublish(head: number, bytes: Uint8Array, body: number, end: number): void {
    const qos = (head & 2) === 0 ? 0 : 1;
    const topicEnd = body + 2 + uint16(bytes, body);
    const start = topicEnd + 2 * qos;
    const packetId = qos === 0 ? undefined : uint16(bytes, topicEnd);
    const topic = readTopic(bytes, body + 2, topicEnd);
    let wrong: string | undefined;
    if (start > end) wrong = "is shorter than its topic";
    else if (topic === undefined) wrong = "has a topic that is no valid UTF-8 [MQTT-1.5.3-1]";
    // A `#`, `+` or NUL; nothing at all is no topic either.
    else if (topic === "" || /[#+\0]/.test(topic)) wrong = "has no valid topic [MQTT-3.3.2-2]";
    else if (packetId === 0) wrong = "has packet id 0 [MQTT-2.3.1-1]";
    if (topic === undefined || wrong !== undefined) {
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

function uint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

function readTopic(bytes: Uint8Array, start: number, end: number): string | undefined {
  try {
    return fromUtf8(bytes.subarray(start, end));
  } catch {
    return undefined;
  }
}
