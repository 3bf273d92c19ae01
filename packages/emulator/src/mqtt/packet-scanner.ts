/** The MQTT packet types the emulator looks for in a byte stream, as in the high half of the first byte. */
export const packetType = {
  publish: 3,
  puback: 4,
  suback: 9,
  pingresp: 13,
  disconnect: 14,
} as const;

/** Finds where packets begin in a byte stream, without reading what is in them. */
export class PacketScanner {
  readonly #onPacket: (type: number) => void;
  // Bytes of the current packet's body that are still to come; a header is being read while this is 0.
  #left = 0;
  #headerBytes = 0;
  #length = 0;
  #type = 0;

  constructor(onPacket: (type: number) => void) {
    this.#onPacket = onPacket;
  }

  /** Calls back for every packet whose header ends within these bytes. */
  feed(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#left > 0) {
        const skipped = Math.min(this.#left, bytes.length - at);
        this.#left -= skipped;
        at += skipped;
        continue;
      }
      const byte = bytes[at++] ?? 0;
      if (this.#headerBytes === 0) {
        this.#type = byte >> 4;
        this.#length = 0;
        this.#headerBytes = 1;
        continue;
      }
      this.#length += (byte & 0x7f) * 128 ** (this.#headerBytes - 1);
      this.#headerBytes++;
      if (byte >= 0x80 && this.#headerBytes < 5) continue;
      this.#headerBytes = 0;
      this.#left = this.#length;
      this.#onPacket(this.#type);
    }
  }
}

/** Cuts bytes that begin with a packet into packets. What is left of an unfinished one comes last. */
export function* splitPackets(bytes: Uint8Array): Generator<Uint8Array> {
  let at = 0;
  while (at < bytes.length) {
    let length = 0;
    let header = 1;
    for (; header < 5; header++) {
      const byte = bytes[at + header] ?? 0;
      length += (byte & 0x7f) * 128 ** (header - 1);
      if (byte < 0x80) break;
    }
    const end = Math.min(bytes.length, at + header + 1 + length);
    yield bytes.subarray(at, end);
    at = end;
  }
}
