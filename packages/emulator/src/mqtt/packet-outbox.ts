const none = new Uint8Array();

/** The packets that leave together at the end of an event-loop tick. */
export class PacketOutbox {
  #parts: Uint8Array[] = [];
  #bytes = 0;
  // PUBACKs come in long runs, so they are written into one block.
  #acks: Uint8Array = none;
  #ackBytes = 0;

  get isEmpty(): boolean {
    return this.#bytes === 0;
  }

  /** The number of bytes in it. */
  get bytes(): number {
    return this.#bytes;
  }

  add(packet: Uint8Array): void {
    this.#closeAcks();
    this.#parts.push(packet);
    this.#bytes += packet.length;
  }

  /** Adds a PUBACK. @source MQTT 3.1.1, 3.4 */
  acknowledge(packetId: number): void {
    if (this.#ackBytes + 4 > this.#acks.length) this.#growAcks();
    let at = this.#ackBytes;
    this.#acks[at++] = 0x40;
    this.#acks[at++] = 2;
    this.#acks[at++] = packetId >> 8;
    this.#acks[at++] = packetId & 0xff;
    this.#ackBytes = at;
    this.#bytes += 4;
  }

  /** Removes everything and returns it as one block. */
  take(): Uint8Array {
    this.#closeAcks();
    const parts = this.#parts;
    const [first] = parts;
    const size = this.#bytes;
    this.#parts = [];
    this.#bytes = 0;
    if (parts.length === 1 && first !== undefined) return first;
    const block = new Uint8Array(size);
    let at = 0;
    for (const part of parts) {
      block.set(part, at);
      at += part.length;
    }
    return block;
  }

  #growAcks(): void {
    const block = new Uint8Array(Math.max(64, 2 * this.#acks.length));
    block.set(this.#acks);
    this.#acks = block;
  }

  #closeAcks(): void {
    if (this.#ackBytes === 0) return;
    this.#parts.push(this.#acks.subarray(0, this.#ackBytes));
    this.#acks = none;
    this.#ackBytes = 0;
  }
}
