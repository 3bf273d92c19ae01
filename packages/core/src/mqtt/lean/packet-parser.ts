import { fromUtf8 } from "../../util/text.ts";
import type { InboundPublish } from "../engine.ts";
import { packetType, wrongHead, wrongLength } from "./packet-rules.ts";

/** What the packets of a hub come to: one call for each, in their order. */
export interface PacketSink {
  onConnack(sessionPresent: boolean, returnCode: number): void;
  onPublish(message: InboundPublish): void;
  onPuback(packetId: number): void;
  onSuback(packetId: number, granted: readonly number[]): void;
  onUnsuback(packetId: number): void;
  onPingresp(): void;
  /** The bytes are no MQTT, or none that a hub may send; nothing comes after this. */
  onMalformed(reason: string): void;
}

/** Type and the remaining length at its longest. */
const longestHead = 5;

/**
 * Reads what a hub sends, however it is split into blocks. One pass: packets that lie in a block as a whole are read where
 * they lie, and only one that is cut is copied, into a block of its own. That block has at most twice the bytes that have
 * arrived, whatever the packet says of its length.
 */
export class PacketParser {
  readonly #sink: PacketSink;
  #over = false;
  /** The packet that the last block ended in, its first {@link #have} bytes. */
  #begun = new Uint8Array(longestHead);
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
    this.#begun = new Uint8Array(0);
    this.#have = 0;
  }

  push(bytes: Uint8Array): void {
    if (this.#over) return;
    // A Buffer's own subarray() takes three times as long as an array's.
    const block = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    const from = this.#have === 0 ? 0 : this.#complete(block);
    const rest = this.#readWhole(block, from);
    if (this.#over || rest === block.length) return;
    this.#have = block.length - rest;
    if (this.#have > this.#begun.length) this.#begun = new Uint8Array(this.#have);
    this.#begun.set(block.subarray(rest));
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
      if (at === block.length || this.#over || !this.#readHead(block, at, block.length)) break;
      if (this.#end > block.length) break;
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
      const byte = block[at];
      if (byte === undefined || this.#over) return at;
      this.#begun[this.#have++] = byte;
      at++;
    }
    const size = this.#end;
    const taken = Math.min(size - this.#have, block.length - at);
    if (this.#have + taken > this.#begun.length) this.#makeRoom(this.#have + taken, size);
    this.#begun.set(block.subarray(at, at + taken), this.#have);
    this.#have += taken;
    if (this.#have === size) {
      const packet = this.#begun;
      this.#have = 0;
      // What it says of a message is a window on it, so it is not used again.
      this.#begun = new Uint8Array(longestHead);
      this.#readBody(packet[0] ?? 0, packet, this.#body, size);
    }
    return at + taken;
  }

  #makeRoom(needed: number, most: number): void {
    const begun = new Uint8Array(Math.min(most, Math.max(needed, this.#begun.length * 2)));
    begun.set(this.#begun.subarray(0, this.#have));
    this.#begun = begun;
  }

  /**
   * Reads type and remaining length: where the body of the packet at `at` begins and where it ends.
   *
   * @returns false when they are cut, or wrong
   */
  #readHead(bytes: Uint8Array, at: number, end: number): boolean {
    const head = bytes[at];
    if (head === undefined || at >= end) return false;
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
    switch (head >> 4) {
      case packetType.publish:
        this.#readPublish(head, bytes, body, end);
        return;
      case packetType.connack:
        this.#readConnack(bytes[body] ?? 0, bytes[body + 1] ?? 0);
        return;
      case packetType.pingresp:
        this.#sink.onPingresp();
        return;
    }
    const packetId = uint16(bytes, body);
    if (packetId === 0) {
      this.#fail(`packet type ${head >> 4} has packet id 0 [MQTT-2.3.1-1]`);
      return;
    }
    switch (head >> 4) {
      case packetType.puback:
        this.#sink.onPuback(packetId);
        return;
      case packetType.unsuback:
        this.#sink.onUnsuback(packetId);
        return;
      case packetType.suback: {
        const granted = [...bytes.subarray(body + 2, end)];
        const wrong = granted.find((code) => code > 2 && code !== 0x80);
        if (wrong === undefined) this.#sink.onSuback(packetId, granted);
        else this.#fail(`a SUBACK has return code ${wrong} [MQTT-3.9.3-2]`);
      }
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
    const payloadStart = topicEnd + 2 * qos;
    if (payloadStart > end) {
      this.#fail("a PUBLISH is shorter than its topic");
      return;
    }
    const topic = readTopic(bytes, body + 2, topicEnd);
    if (topic === undefined) {
      this.#fail("the topic of a PUBLISH is no valid UTF-8 [MQTT-1.5.3-1]");
      return;
    }
    // A `#`, `+` or NUL; nothing at all is no topic either.
    if (topic === "" || /[#+\0]/.test(topic)) {
      this.#fail("a PUBLISH has no valid topic [MQTT-3.3.2-2]");
      return;
    }
    const packetId = qos === 0 ? undefined : uint16(bytes, topicEnd);
    if (packetId === 0) {
      this.#fail("a PUBLISH has packet id 0 [MQTT-2.3.1-1]");
      return;
    }
    const payload = bytes.subarray(payloadStart, end);
    this.#sink.onPublish({ topic, payload, qos, dup: (head & 8) !== 0, packetId });
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
