import { createBody, createProperties } from "./message.mjs";

/** Sends numbered messages through a device and keeps count. The first failure ends the cell. */
export class Sender {
  sent = 0;
  #device;
  #body;

  /**
   * @param {import("./peers/peer.mjs").Device} device
   * @param {number} bodyBytes
   */
  constructor(device, bodyBytes) {
    this.#device = device;
    this.#body = createBody(bodyBytes);
  }

  /** @param {(error?: unknown) => void} done */
  send(done) {
    this.#device.send(this.#body, createProperties(this.sent++), done);
  }

  /**
   * A closed loop: each acknowledgement sends the next message, until the time is up and the last one has arrived.
   *
   * @param {{ inFlight: number, ms: number, max?: number }} options
   * @returns {Promise<number>} messages sent
   */
  closedLoop({ inFlight, ms, max = 5_000_000 }) {
    return new Promise((resolve, reject) => {
      const start = this.sent;
      const end = start + max;
      let outstanding = 0;
      let open = true;
      const timer = setTimeout(() => {
        open = false;
      }, ms);
      const done = (error) => {
        outstanding--;
        if (error instanceof Error) {
          open = false;
          reject(error);
        } else if (open && this.sent < end) {
          next();
        } else if (outstanding === 0) {
          clearTimeout(timer);
          resolve(this.sent - start);
        }
      };
      const next = () => {
        outstanding++;
        this.send(done);
      };
      for (let i = 0; i < inFlight; i++) next();
    });
  }
}
