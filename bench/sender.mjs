import { createBody, createProperties } from "./message.mjs";
import { closedLoop } from "./metrics/loop.mjs";

/** Sends numbered messages through a device and counts them. The first failure ends the cell. */
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
  closedLoop(options) {
    return closedLoop((done) => this.send(done), options);
  }
}
