import type { ReceivedMessage } from "./message.ts";

/** A message from the hub, until it is acknowledged. */
export interface Delivery {
  /** Undefined once the application has handled it, or failed to. */
  message: ReceivedMessage | undefined;
  /** Identifies a message that is delivered again; the hub gives every message an id. */
  readonly messageId: string | undefined;
  /** Undefined at QoS 0, where the hub expects no acknowledgement. */
  acknowledge: (() => void) | undefined;
  state: "open" | "done" | "failed";
}

/**
 * The order of acknowledgements. The hub accepts them only in the order of its deliveries [MQTT-4.6.0-2]. A message that is
 * open or failed therefore holds back those behind it, until the hub delivers it again or gives up on it.
 *
 * A message that was handled may be delivered again, because its acknowledgement was held back or lost. It is recognized by
 * its id and DUP, and the application doesn't receive it a second time.
 */
export class Acknowledgements {
  /** Deliveries of this connection, in order. */
  #open: Delivery[] = [];
  /** Deliveries of earlier connections that are open or done, and not acknowledged. */
  #earlier: Delivery[] = [];
  readonly #limit: number;

  /** @param limit - how many deliveries of earlier connections are remembered */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Adds a delivery. @returns the delivery to settle; `undefined` if the application already has the message */
  deliver(fresh: Delivery, dup: boolean): Delivery | undefined {
    const { message, messageId, acknowledge } = fresh;
    if (acknowledge === undefined) return fresh;
    const known = dup && messageId !== undefined ? this.#find(messageId) : undefined;
    if (known === undefined) {
      this.#open.push(fresh);
      return fresh;
    }
    known.acknowledge = acknowledge;
    if (known.state === "failed") {
      known.state = "open";
      known.message = message;
      return known;
    }
    this.#send();
    return undefined;
  }

  /** Whether the hub expects an acknowledgement on this connection. */
  get hasOpen(): boolean {
    return this.#open.length > 0;
  }

  /** Whether handling the message still matters: it can be acknowledged on this connection, or needs no acknowledgement. */
  isOpen(delivery: Delivery): boolean {
    return delivery.acknowledge === undefined || this.#open.includes(delivery);
  }

  settle(delivery: Delivery, state: "done" | "failed"): void {
    delivery.state = state;
    delivery.message = undefined;
    if (state === "failed") this.#earlier = this.#earlier.filter((one) => one !== delivery);
    this.#send();
  }

  /** The connection has ended. @param isHeld - whether the application hasn't received the message yet */
  onDisconnected(isHeld: (delivery: Delivery) => boolean): void {
    const kept = this.#open.filter(
      (one) => one.messageId !== undefined && one.state !== "failed" && !isHeld(one),
    );
    this.#earlier = [...this.#earlier, ...kept].slice(-this.#limit);
    this.#open = [];
  }

  /** Another hub delivers other messages. */
  forget(): void {
    this.#earlier = [];
  }

  #find(messageId: string): Delivery | undefined {
    const matches = (one: Delivery): boolean => one.messageId === messageId;
    const at = this.#open.findIndex(matches);
    if (at >= 0) {
      const known = this.#open[at];
      // The hub delivers in order, so it has given up on failed messages before this one.
      this.#open = this.#open.filter(({ state }, place) => place >= at || state !== "failed");
      return known;
    }
    const earlier = this.#earlier.find(matches);
    if (earlier !== undefined) {
      this.#earlier = this.#earlier.filter((one) => one !== earlier);
      this.#open.push(earlier);
    }
    return earlier;
  }

  #send(): void {
    for (let first = this.#open[0]; first?.state === "done"; first = this.#open[0]) {
      this.#open.shift();
      first.acknowledge?.();
    }
  }
}
