import type { Link } from "../connection/link.ts";
import type { ReceivedMessage } from "./message.ts";

/** A message from the hub on its way to the application, and to its PUBACK once it is done. */
export interface Delivery {
  /** Undefined once it is done or has failed. */
  message: ReceivedMessage | undefined;
  /** Tells a message that comes again; the hub gives every message an id. */
  readonly messageId: string | undefined;
  link: Link;
  /** Undefined at QoS 0, where the hub waits for nothing. */
  packetId: number | undefined;
  state: "open" | "done" | "failed";
}

/**
 * The order of acknowledgements. The hub takes them in the order of its deliveries [MQTT-4.6.0-2] and ignores others, so
 * one message that is not done, or failed, holds back those behind it, until the hub delivers it again or gives it up.
 *
 * A message that was dealt with, and comes again only because its acknowledgement was held back or lost, is not handed
 * to the application a second time: it is told by its id and DUP.
 */
export class Acknowledgements {
  /** Of this connection, in the order of delivery. */
  #open: Delivery[] = [];
  /** Of earlier connections: in work or done, and not acknowledged. */
  #earlier: Delivery[] = [];
  readonly #limit: number;

  /** @param limit - how many of earlier connections are remembered */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** A delivery. @returns what to settle once it is dealt with; `undefined` when the application has it already */
  deliver(fresh: Delivery, dup: boolean): Delivery | undefined {
    const { message, messageId, link, packetId } = fresh;
    if (packetId === undefined) return fresh;
    const known = dup && messageId !== undefined ? this.#find(messageId) : undefined;
    if (known === undefined) {
      this.#open.push(fresh);
      return fresh;
    }
    known.link = link;
    known.packetId = packetId;
    if (known.state === "failed") {
      known.state = "open";
      known.message = message;
      return known;
    }
    this.#send();
    return undefined;
  }

  /** Whether the hub waits for any PUBACK of this connection. */
  get hasOpen(): boolean {
    return this.#open.length > 0;
  }

  /** Whether it can still be dealt with: its PUBACK would reach the connection that it came by, or it needs none. */
  isOpen(delivery: Delivery): boolean {
    return delivery.packetId === undefined || this.#open.includes(delivery);
  }

  settle(delivery: Delivery, state: "done" | "failed"): void {
    delivery.state = state;
    delivery.message = undefined;
    if (state === "failed") this.#earlier = this.#earlier.filter((one) => one !== delivery);
    this.#send();
  }

  /** The connection is gone. @param isHeld - whether the application has not been given it yet */
  onDisconnected(isHeld: (delivery: Delivery) => boolean): void {
    const kept = this.#open.filter(
      (one) => one.messageId !== undefined && one.state !== "failed" && !isHeld(one),
    );
    this.#earlier = [...this.#earlier, ...kept].slice(-this.#limit);
    this.#open = [];
  }

  /** Another hub has other messages. */
  forgetEarlier(): void {
    this.#earlier = [];
  }

  #find(messageId: string): Delivery | undefined {
    const isIt = (one: Delivery): boolean => one.messageId === messageId;
    const at = this.#open.findIndex(isIt);
    if (at >= 0) {
      const known = this.#open[at];
      // The hub delivers in order: what failed before this one it has given up.
      this.#open = this.#open.filter(({ state }, place) => place >= at || state !== "failed");
      return known;
    }
    const earlier = this.#earlier.find(isIt);
    if (earlier !== undefined) {
      this.#earlier = this.#earlier.filter((one) => one !== earlier);
      this.#open.push(earlier);
    }
    return earlier;
  }

  #send(): void {
    for (let first = this.#open[0]; first?.state === "done"; first = this.#open[0]) {
      this.#open.shift();
      first.link.acknowledge(first.packetId ?? 0);
    }
  }
}
