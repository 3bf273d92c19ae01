const PUBLISH = 3;
const DUP = 0x08;
const NO_MASK = [0, 0, 0, 0];

/** The part of a packet that the scanner is reading. */
const FIXED_HEADER = 0;
const LENGTH = 1;
const TOPIC_LENGTH = 2;
const TOPIC = 3;
const PACKET_ID = 4;
const PAYLOAD = 5;
const OTHER_BODY = 6;

/**
 * Finds MQTT packet boundaries in a byte stream that may be cut anywhere.
 *
 * Everything of a PUBLISH but its packet id is skipped, so that the sink doesn't limit the figures. Small packets (CONNECT,
 * SUBSCRIBE, PINGREQ) are collected. Bytes are unmasked as they are read: a WebSocket payload is passed in as it is in the frame.
 */
export class PacketScanner {
  /** Packet ids of the QoS 1 PUBLISH packets completed since the owner last cleared this. @type {number[]} */
  ids = [];
  /** PUBLISH packets completed, at any QoS. */
  published = 0;
  /** PUBLISH packets completed with DUP set. */
  marked = 0;
  /** The first PUBLISH, byte for byte, once it is complete. @type {Buffer | undefined} */
  first;

  #state = FIXED_HEADER;
  #header = 0;
  #remaining = 0;
  #shift = 0;
  #value = 0;
  #valueBytes = 0;
  #skip = 0;
  /** @type {number[]} */
  #body = [];
  /** @type {number[] | undefined} */
  #capture = [];
  #onPacket;
  #onTopic;
  /** @type {number[]} */
  #topic = [];

  /**
   * @param {(type: number, body: number[]) => void} onPacket gets every packet except PUBLISH
   * @param {((topic: string) => void) | undefined} onTopic gets the topic of each complete PUBLISH; costs as much as
   *   everything else, so set it only if the response depends on the topic
   */
  constructor(onPacket, onTopic) {
    this.#onPacket = onPacket;
    this.#onTopic = onTopic;
  }

  /**
   * @param {Uint8Array} chunk
   * @param {number} start
   * @param {number} end
   * @param {ArrayLike<number>} mask four bytes
   * @param {number} phase position of `start` in the masked payload
   */
  push(chunk, start = 0, end = chunk.length, mask = NO_MASK, phase = 0) {
    let i = start;
    const offset = phase - start;
    while (i < end) {
      if (this.#state === TOPIC || this.#state === PAYLOAD) {
        const skipped = Math.min(this.#skip, end - i);
        if (this.#capture) {
          for (let j = i; j < i + skipped; j++) this.#capture.push(chunk[j] ^ mask[(j + offset) & 3]);
        }
        if (this.#onTopic && this.#state === TOPIC) {
          for (let j = i; j < i + skipped; j++) this.#topic.push(chunk[j] ^ mask[(j + offset) & 3]);
        }
        i += skipped;
        this.#skip -= skipped;
        if (this.#skip === 0) this.#afterSkip();
        continue;
      }
      const byte = chunk[i] ^ mask[(i + offset) & 3];
      i++;
      this.#capture?.push(byte);
      this.#read(byte);
    }
  }

  /** @param {number} byte */
  #read(byte) {
    switch (this.#state) {
      case FIXED_HEADER:
        this.#header = byte;
        this.#remaining = 0;
        this.#shift = 0;
        this.#state = LENGTH;
        return;
      case LENGTH:
        this.#remaining |= (byte & 0x7f) << this.#shift;
        this.#shift += 7;
        if (byte < 0x80) this.#afterLength();
        else if (this.#shift > 21) throw new Error("the remaining length must have at most four bytes");
        return;
      case TOPIC_LENGTH:
        if (!this.#readTwoBytes(byte)) return;
        this.#remaining -= 2 + this.#value;
        this.#skip = this.#value;
        this.#state = TOPIC;
        if (this.#skip === 0) this.#afterSkip();
        return;
      case PACKET_ID:
        if (!this.#readTwoBytes(byte)) return;
        this.ids.push(this.#value);
        this.#remaining -= 2;
        this.#startPayload();
        return;
      default:
        this.#body.push(byte);
        if (this.#body.length === this.#remaining) this.#finishOther();
    }
  }

  /** @param {number} byte @returns {boolean} whether `#value` now holds both */
  #readTwoBytes(byte) {
    this.#value = (this.#value << 8) | byte;
    this.#valueBytes++;
    return this.#valueBytes === 2;
  }

  #expectTwoBytes(state) {
    this.#state = state;
    this.#value = 0;
    this.#valueBytes = 0;
  }

  #afterLength() {
    if (this.#header >> 4 === PUBLISH) {
      this.#expectTwoBytes(TOPIC_LENGTH);
    } else if (this.#remaining === 0) {
      this.#finishOther();
    } else {
      this.#state = OTHER_BODY;
    }
  }

  /** After a topic or a payload. */
  #afterSkip() {
    if (this.#state === PAYLOAD) this.#finishPublish();
    else if (this.#header & 0x06) this.#expectTwoBytes(PACKET_ID);
    else this.#startPayload();
  }

  #startPayload() {
    if (this.#remaining < 0) throw new Error("a PUBLISH is shorter than its topic");
    this.#skip = this.#remaining;
    if (this.#skip === 0) this.#finishPublish();
    else this.#state = PAYLOAD;
  }

  #finishPublish() {
    this.published++;
    if (this.#header & DUP) this.marked++;
    if (this.#onTopic) {
      const topic = String.fromCharCode(...this.#topic);
      this.#topic = [];
      this.#onTopic(topic);
    }
    if (this.#capture) {
      this.first = Buffer.from(this.#capture);
      this.#capture = undefined;
    }
    this.#state = FIXED_HEADER;
  }

  #finishOther() {
    const body = this.#body;
    this.#body = [];
    if (this.#capture) this.#capture = [];
    this.#state = FIXED_HEADER;
    this.#onPacket(this.#header >> 4, body);
  }
}
