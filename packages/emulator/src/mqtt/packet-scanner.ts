/** MQTT packet types, as in the upper four bits of the first byte. */
export const packetType = {
  publish: 3,
  puback: 4,
  suback: 9,
  pingresp: 13,
  disconnect: 14,
} as const;

/** Finds the packets in a byte stream without parsing them. */
export class PacketScanner {
  readonly #onPacket: (type: number) => void;
  // Missing bytes of the current packet's body; 0 while a header is read.
  #missing = 0;
  #headerBytes = 0;
  #length = 0;
  #type = 0;

  constructor(onPacket: (type: number) => void) {
    this.#onPacket = onPacket;
  }

  /** Calls back for every packet whose header ends in these bytes. */
  feed(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#missing > 0) {
        const skipped = Math.min(this.#missing, bytes.length - at);
        this.#missing -= skipped;
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
      this.#missing = this.#length;
      this.#onPacket(this.#type);
    }
  }
}

/** Splits bytes that start with a packet into packets. An incomplete packet comes last. */
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
