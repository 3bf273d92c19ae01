import type { Link } from "../connection/link.ts";

/** What a message from the hub still needs: a PUBACK, once it is done. */
export interface Acknowledgement {
  /** Tells a message that comes again; the hub gives every message an id. */
  readonly messageId: string | undefined;
  link: Link;
  packetId: number;
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
  #open: Acknowledgement[] = [];
  /** Of earlier connections: in work or done, and not acknowledged. */
  #earlier: Acknowledgement[] = [];
  readonly #limit: number;

  /** @param limit - how many of earlier connections are remembered */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** A delivery. @returns what to settle once it is dealt with; `undefined` when the application has it already */
  deliver(
    link: Link,
    packetId: number,
    messageId: string | undefined,
    dup: boolean,
  ): Acknowledgement | undefined {
    const known = dup && messageId !== undefined ? this.#find(messageId) : undefined;
    if (known === undefined) {
      const fresh: Acknowledgement = { messageId, link, packetId, state: "open" };
      this.#open.push(fresh);
      return fresh;
    }
    known.link = link;
    known.packetId = packetId;
    if (known.state === "failed") {
      known.state = "open";
      return known;
    }
    this.#send();
    return undefined;
  }

  /** Whether the hub waits for any PUBACK of this connection. */
  get hasOpen(): boolean {
    return this.#open.length > 0;
  }

  /** Whether a PUBACK for it would still reach the connection that it came by. */
  isOpen(acknowledgement: Acknowledgement): boolean {
    return this.#open.includes(acknowledgement);
  }

  settle(acknowledgement: Acknowledgement, state: "done" | "failed"): void {
    acknowledgement.state = state;
    if (state === "failed") this.#earlier = this.#earlier.filter((one) => one !== acknowledgement);
    if (this.isOpen(acknowledgement)) this.#send();
  }

  /** The connection is gone. @param isHeld - whether the application has not been given it yet */
  onDisconnected(isHeld: (acknowledgement: Acknowledgement) => boolean): void {
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

  #find(messageId: string): Acknowledgement | undefined {
    const at = this.#open.findIndex((one) => one.messageId === messageId);
    const known = this.#open[at];
    if (known !== undefined) {
      // The hub delivers in order: what failed before this one it has given up.
      const before = this.#open.slice(0, at).filter(({ state }) => state !== "failed");
      this.#open = [...before, ...this.#open.slice(at)];
      return known;
    }
    const earlier = this.#earlier.find((one) => one.messageId === messageId);
    if (earlier !== undefined) {
      this.#earlier = this.#earlier.filter((one) => one !== earlier);
      this.#open.push(earlier);
    }
    return earlier;
  }

  #send(): void {
    for (let first = this.#open[0]; first?.state === "done"; first = this.#open[0]) {
      this.#open.shift();
      first.link.acknowledge(first.packetId);
    }
  }
}
