import { fromUtf8 } from "../../util/text.ts";

/** Bytes that break a rule of MQTT. The message is a clause, such as `a CONNECT is too short`. */
export class MalformedPacket extends Error {}

/** Reads the fields of a packet in order. Every method throws {@link MalformedPacket} if the packet is too short. */
export class FieldReader {
  readonly #packet: string;
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at: number;

  /** @param packet - the packet, such as `a CONNECT` */
  constructor(packet: string, bytes: Uint8Array, start: number, end: number) {
    this.#packet = packet;
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#end;
  }

  byte(): number {
    if (this.isAtEnd) throw this.wrong("is too short");
    return this.#bytes[this.#at++] ?? 0;
  }

  uint16(): number {
    return (this.byte() << 8) | this.byte();
  }

  /** Reads bytes with their length in front. They are a view of the packet. */
  binary(): Uint8Array {
    const start = this.#at + 2;
    const end = start + this.uint16();
    if (end > this.#end) throw this.wrong("is too short");
    this.#at = end;
    return this.#bytes.subarray(start, end);
  }

  /** Reads a string with its length in front. @source MQTT 3.1.1, [MQTT-1.5.3-1], [MQTT-1.5.3-2] */
  string(): string {
    const text = decode(this.binary());
    if (text === undefined || text.includes("\0")) throw this.wrong("has a string that isn't valid UTF-8");
    return text;
  }

  /** Skips the properties of MQTT 5. */
  skipProperties(): void {
    let length = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.byte();
      length |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    this.#at += length;
  }

  /** Creates the error for a broken rule. */
  wrong(rule: string): MalformedPacket {
    return new MalformedPacket(`${this.#packet} ${rule}`);
  }
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return fromUtf8(bytes);
  } catch {
    return undefined;
  }
}
