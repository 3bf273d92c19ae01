/**
 * What all sessions of a cell have in common: what they are to do, what they have done, and the mishaps that a client can
 * ask for over HTTPS on the same port.
 */
export class Hub {
  /** @type {import("./session.mjs").Session[]} */
  sessions = [];
  counts = { served: 0, delivered: 0, answered: 0 };
  feed;
  inFlight = 1;
  /** How long a PUBACK takes. */
  delayMs = 0;
  /** After so many PUBLISHes that are kept without answer, the connection is cut. @type {number | undefined} */
  holding;
  /** Until when nobody gets in. */
  closedUntil = 0;
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
    this.#onConnect = [];
  }

  get isClosed() {
    return Date.now() < this.closedUntil;
  }

  /** A CONNECT has come. */
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

  /** Nobody is connected and nobody gets in for a while. @returns {Promise<object>} once so many are back */
  async outage({ ms, clients }) {
    const end = Date.now() + ms;
    this.closedUntil = end;
    for (const session of this.sessions) session.cut();
    await this.#connects(clients);
    return { backMs: Date.now() - end };
  }

  /**
   * Keeps so many messages without PUBACK, then cuts the connection; from then on a PUBACK takes its time.
   *
   * @returns {Promise<object>} with the next CONNECT
   */
  async hold({ messages, delayMs }) {
    this.holding = messages;
    this.delayMs = delayMs;
    await this.#connects(1);
    return { at: Date.now() };
  }

  /** How many messages were marked as sent again. */
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
