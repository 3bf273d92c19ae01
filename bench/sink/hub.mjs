/**
 * The state that all sessions of a cell share: their tasks, their counters, and the mishaps that a client can request over HTTPS on
 * the same port.
 */
export class Hub {
  /** @type {import("./session.mjs").Session[]} */
  sessions = [];
  counts = { served: 0, delivered: 0, answered: 0 };
  feed;
  inFlight = 1;
  /** Delay of a PUBACK, in milliseconds. */
  delayMs = 0;
  /** The number of PUBLISH packets to hold without response before the connection is cut. @type {number | undefined} */
  holding;
  /** The end of the outage: connections are refused until then. */
  closedUntil = 0;
  /** The number of connections that are accepted in each second; the others are refused. */
  perSecond = Number.POSITIVE_INFINITY;
  #second = 0;
  #accepted = 0;
  /** @type {(() => void)[]} */
  #onConnect = [];

  reset({ feed, inFlight = 1 } = {}) {
    for (const session of this.sessions) session.cut();
    this.sessions = [];
    this.counts = { served: 0, delivered: 0, answered: 0 };
    this.feed = feed;
    this.inFlight = inFlight;
    this.delayMs = 0;
    this.holding = undefined;
    this.closedUntil = 0;
    this.perSecond = Number.POSITIVE_INFINITY;
    this.#onConnect = [];
  }

  /** Decides about a new connection. @returns {boolean} */
  admits() {
    const now = Date.now();
    const second = Math.floor(now / 1000);
    if (second !== this.#second) this.#accepted = 0;
    this.#second = second;
    return now >= this.closedUntil && this.#accepted++ < this.perSecond;
  }

  /** Handles a CONNECT. */
  connected() {
    for (const tell of [...this.#onConnect]) tell();
  }

  published() {
    if (this.holding === undefined) return;
    const kept = this.sessions.reduce((sum, { published }) => sum + published, 0);
    if (kept < this.holding) return;
    this.holding = undefined;
    for (const session of this.sessions) session.cut();
  }

  /**
   * Drops and refuses all connections for a while; afterwards, accepts a number per second.
   *
   * @returns {Promise<object>} once the given number is back
   */
  async outage({ ms, clients, perSecond = Number.POSITIVE_INFINITY }) {
    const end = Date.now() + ms;
    this.closedUntil = end;
    this.perSecond = perSecond;
    for (const session of this.sessions) session.cut();
    await this.#connects(clients);
    return { backMs: Date.now() - end };
  }

  /**
   * Holds a number of messages without PUBACK, then cuts the connection; from then on, each PUBACK is delayed.
   *
   * @returns {Promise<object>} with the next CONNECT
   */
  async hold({ messages, delayMs }) {
    this.holding = messages;
    this.delayMs = delayMs;
    await this.#connects(1);
    return { at: Date.now() };
  }

  /** Returns the number of messages marked as duplicates. */
  async marked() {
    return { marked: this.sessions.reduce((sum, session) => sum + session.marked, 0) };
  }

  #connects(count) {
    let left = count;
    return new Promise((resolve) => {
      const tell = () => {
        if (--left > 0) return;
        this.#onConnect = this.#onConnect.filter((one) => one !== tell);
        resolve();
      };
      this.#onConnect.push(tell);
    });
  }
}
