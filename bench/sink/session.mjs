import { createFeed } from "./feeds.mjs";
import { filtersOf, pubacks, suback } from "./packets.mjs";
import { PacketScanner } from "./scanner.mjs";

const CONNECT = 1;
const PUBACK = 4;
const SUBSCRIBE = 8;
const UNSUBSCRIBE = 10;
const PINGREQ = 12;
const DISCONNECT = 14;

/**
 * The connection to a client, over either transport.
 *
 * @typedef {object} Wire
 * @property {(bytes: Buffer) => boolean} write sends one batch, as one write or one frame; returns false if there is no room
 * @property {(run: () => void) => void} whenRoom
 * @property {() => void} end
 * @property {() => void} cut destroys the connection
 */

/** The hub's side of one MQTT connection, reduced to acknowledging and to its feed. */
export class Session {
  #scanner;
  #wire;
  #hub;
  #feed;
  /** @type {Buffer[]} */
  #answers = [];

  /** @param {Wire} wire @param {import("./hub.mjs").Hub} hub */
  constructor(wire, hub) {
    this.#wire = wire;
    this.#hub = hub;
    this.#feed = createFeed(hub.feed, hub.counts, hub.inFlight);
    const onTopic = this.#feed.topics
      ? (topic) => this.#answers.push(...this.#feed.published(topic))
      : undefined;
    this.#scanner = new PacketScanner((type, body) => this.#answer(type, body), onTopic);
  }

  get published() {
    return this.#scanner.published;
  }

  get marked() {
    return this.#scanner.marked;
  }

  get first() {
    return this.#scanner.first;
  }

  cut() {
    this.#wire.cut();
  }

  /** Bytes of a chunk; see {@link PacketScanner.push}. */
  push(chunk, start, end, mask, phase) {
    this.#scanner.push(chunk, start, end, mask, phase);
  }

  /** Sends the responses to everything in a chunk as one batch. */
  flush() {
    const { ids } = this.#scanner;
    if (ids.length > 0) {
      this.#acknowledge(ids);
      ids.length = 0;
    }
    this.#feed.stream?.(
      (packets) => this.#wire.write(Buffer.concat(packets)),
      (run) => this.#wire.whenRoom(run),
    );
    if (this.#answers.length === 0) return;
    const batch = this.#answers.length === 1 ? this.#answers[0] : Buffer.concat(this.#answers);
    this.#answers = [];
    this.#wire.write(batch);
  }

  #acknowledge(ids) {
    const hub = this.#hub;
    if (hub.holding !== undefined) hub.published();
    else if (hub.delayMs === 0) this.#answers.push(pubacks(ids));
    else {
      const late = pubacks([...ids]);
      setTimeout(() => this.#wire.write(late), hub.delayMs);
    }
  }

  #answer(type, body) {
    if (type === CONNECT) {
      this.#answers.push(Buffer.from([0x20, 2, 0, 0]));
      this.#hub.connected();
    } else if (type === PUBACK) this.#answers.push(...this.#feed.acknowledged());
    else if (type === SUBSCRIBE) {
      this.#answers.push(suback(body), ...filtersOf(body).flatMap((filter) => this.#feed.subscribed(filter)));
    } else if (type === UNSUBSCRIBE) this.#answers.push(Buffer.from([0xb0, 2, body[0], body[1]]));
    else if (type === PINGREQ) this.#answers.push(Buffer.from([0xd0, 0]));
    else if (type === DISCONNECT) this.#wire.end();
  }
}
