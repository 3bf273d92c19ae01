import { PacketScanner } from "./scanner.mjs";

const CONNECT = 1;
const SUBSCRIBE = 8;
const UNSUBSCRIBE = 10;
const PINGREQ = 12;
const DISCONNECT = 14;

/** The hub's half of one MQTT connection, reduced to acknowledging: nothing is routed or stored. */
export class Session {
  #scanner = new PacketScanner((type, body) => this.#answer(type, body));
  #write;
  #end;
  /** @type {Buffer[]} */
  #answers = [];

  /**
   * @param {(bytes: Buffer) => void} write sends one batch: one write, or one frame
   * @param {() => void} end closes the connection
   */
  constructor(write, end) {
    this.#write = write;
    this.#end = end;
  }

  get published() {
    return this.#scanner.published;
  }

  get first() {
    return this.#scanner.first;
  }

  /** Bytes of a chunk; see {@link PacketScanner.push}. */
  push(chunk, start, end, mask, phase) {
    this.#scanner.push(chunk, start, end, mask, phase);
  }

  /** The chunk is used up: everything it asked for is answered in one batch. */
  flush() {
    const ids = this.#scanner.ids;
    if (ids.length > 0) {
      const acks = Buffer.allocUnsafe(ids.length * 4);
      let at = 0;
      for (const id of ids) {
        acks[at++] = 0x40;
        acks[at++] = 2;
        acks[at++] = id >> 8;
        acks[at++] = id & 0xff;
      }
      ids.length = 0;
      this.#answers.push(acks);
    }
    if (this.#answers.length === 0) return;
    const batch = this.#answers.length === 1 ? this.#answers[0] : Buffer.concat(this.#answers);
    this.#answers = [];
    this.#write(batch);
  }

  #answer(type, body) {
    if (type === CONNECT) this.#answers.push(Buffer.from([0x20, 2, 0, 0]));
    else if (type === SUBSCRIBE) this.#answers.push(subAck(body));
    else if (type === UNSUBSCRIBE) this.#answers.push(Buffer.from([0xb0, 2, body[0], body[1]]));
    else if (type === PINGREQ) this.#answers.push(Buffer.from([0xd0, 0]));
    else if (type === DISCONNECT) this.#end();
  }
}

/** Grants every filter of a SUBSCRIBE the QoS it asked for. @param {number[]} body */
function subAck(body) {
  const grants = [];
  let at = 2;
  while (at < body.length) {
    at += 2 + ((body[at] << 8) | body[at + 1]);
    grants.push(body[at++]);
  }
  return Buffer.from([0x90, 2 + grants.length, body[0], body[1], ...grants]);
}
