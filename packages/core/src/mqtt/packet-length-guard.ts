import { largestPacketBytes } from "./lean/packet-rules.ts";

/**
 * Finds packets that are too large in the bytes from a peer, before MQTT.js buffers them: it has no limit. Reads type and
 * length of each packet, and skips its body.
 */
export class PacketLengthGuard {
  /** The bytes of the current packet's body that haven't arrived. */
  #left = 0;
  /** The length field of the current packet as far as it has arrived, and the position of its next digit in bits. */
  #length = 0;
  #shift = 0;
  /** Whether the type of the current packet has arrived, but not all of its length. */
  #inLength = false;

  /** @returns the problem, undefined if there is none */
  check(bytes: Uint8Array): string | undefined {
    for (let at = 0; at < bytes.length; ) {
      if (this.#left > 0) {
        const skipped = Math.min(this.#left, bytes.length - at);
        this.#left -= skipped;
        at += skipped;
        continue;
      }
      const byte = bytes[at++] ?? 0;
      if (!this.#inLength) {
        this.#inLength = true;
        this.#length = 0;
        this.#shift = 0;
        continue;
      }
      this.#length += (byte & 0x7f) * 2 ** this.#shift;
      this.#shift += 7;
      // MQTT.js reports a length with more than four digits.
      if (byte >= 0x80 && this.#shift <= 21) continue;
      if (this.#length > largestPacketBytes) {
        return `a packet must have at most ${largestPacketBytes} bytes, got ${this.#length}`;
      }
      this.#inLength = false;
      this.#left = this.#length;
    }
    return undefined;
  }
}
