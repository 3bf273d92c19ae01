import type { Link } from "../connection/link.ts";
import { ClientError } from "../errors.ts";
import { type Channel, NotConsumed } from "../events/channel.ts";
import { type Acknowledgement, Acknowledgements } from "./acknowledgements.ts";
import type { ReceivedMessage } from "./message.ts";

/** A message that the hub waits to hear about. */
interface Delivery {
  readonly message: ReceivedMessage;
  /** Undefined at QoS 0. */
  readonly acknowledgement: Acknowledgement | undefined;
}

/**
 * Messages from the hub, acknowledged only once the application has dealt with them. A message that fails in its
 * handler is not acknowledged, and the hub delivers it again; one that nobody listens for is kept until somebody does.
 */
export class MessageReceiver {
  readonly #channel: Channel<ReceivedMessage>;
  readonly #report: (error: Error) => void;
  readonly #limit: number;
  readonly #acknowledgements: Acknowledgements;
  #held: Delivery[] = [];
  #overflowed = false;

  /** @param limit - how many messages are kept while nobody listens; what comes beyond stays with the hub */
  constructor(channel: Channel<ReceivedMessage>, limit: number, report: (error: Error) => void) {
    this.#channel = channel;
    this.#limit = limit;
    this.#report = report;
    this.#acknowledgements = new Acknowledgements(limit);
  }

  /** @param packetId - undefined at QoS 0 */
  receive(message: ReceivedMessage, link: Link, packetId: number | undefined, dup = false): void {
    let acknowledgement: Acknowledgement | undefined;
    if (packetId !== undefined) {
      acknowledgement = this.#acknowledgements.deliver(link, packetId, message.messageId, dup);
      if (acknowledgement === undefined) return;
    }
    const delivery = { message, acknowledgement };
    if (this.#channel.hasConsumers) this.#deliver(delivery);
    else this.#hold(delivery);
  }

  /** Somebody listens now: hands over what was kept. */
  flush(): void {
    const held = this.#held;
    this.#held = [];
    this.#overflowed = false;
    for (const delivery of held) this.#deliver(delivery);
  }

  /** Whether the hub waits to hear of any message. */
  get isBusy(): boolean {
    return this.#acknowledgements.hasOpen;
  }

  /**
   * Before the connection is closed in order: lets handlers that have returned by now be acknowledged, as one that itself
   * ends the client. Those that still run are not waited for.
   */
  async settled(): Promise<void> {
    for (let turn = 0; turn < 3 && this.isBusy; turn++) await undefined;
  }

  /** The connection is gone: the hub delivers again what it has no acknowledgement for. */
  onDisconnected(): void {
    const held = new Set(this.#held.map(({ acknowledgement }) => acknowledgement));
    this.#acknowledgements.onDisconnected((one) => held.has(one));
    this.#held = this.#held.filter(({ acknowledgement }) => acknowledgement === undefined);
  }

  /** The hub is another one: nothing that comes from now on has been here before. */
  onMoved(): void {
    this.#acknowledgements.forgetEarlier();
  }

  #hold(delivery: Delivery): void {
    if (this.#held.length < this.#limit) {
      this.#held.push(delivery);
      return;
    }
    this.#settle(delivery, "failed");
    if (this.#overflowed) return;
    this.#overflowed = true;
    this.#report(
      new ClientError(
        "queue_overflow",
        `${this.#limit} messages wait and nobody listens; further ones stay at the hub`,
        {
          remediation: "Set onMessageReceived, or raise receiveQueueLimit",
        },
      ),
    );
  }

  #deliver(delivery: Delivery): void {
    const outcomes = this.#channel.emit(delivery.message);
    const reasons: unknown[] = [];
    let left = outcomes.length;
    if (left === 0) this.#conclude(delivery, reasons, 0);
    const settled = (): void => {
      left -= 1;
      if (left === 0) this.#conclude(delivery, reasons, outcomes.length);
    };
    // Not Promise.allSettled: an acknowledgement must be on its way before whoever waits for the handler goes on.
    for (const outcome of outcomes) {
      outcome.then(settled, (reason: unknown) => {
        reasons.push(reason);
        settled();
      });
    }
  }

  #conclude(delivery: Delivery, reasons: readonly unknown[], consumers: number): void {
    const failure = reasons.findIndex((reason) => !(reason instanceof NotConsumed));
    if (failure >= 0) {
      this.#settle(delivery, "failed");
      this.#report(
        new ClientError(
          "handler_failed",
          "A message handler failed; the hub will deliver the message again",
          { cause: reasons[failure] },
        ),
      );
    } else if (reasons.length < consumers) {
      this.#settle(delivery, "done");
    } else if (this.#isOpen(delivery)) {
      // Nobody came to it, their loops ended first: the next listener gets it.
      if (this.#channel.hasConsumers) this.#deliver(delivery);
      else this.#hold(delivery);
    } else {
      // Its connection is gone as well: the hub delivers it again, to whoever listens then.
      this.#settle(delivery, "failed");
    }
  }

  #isOpen({ acknowledgement }: Delivery): boolean {
    return acknowledgement === undefined || this.#acknowledgements.isOpen(acknowledgement);
  }

  #settle({ acknowledgement }: Delivery, state: "done" | "failed"): void {
    if (acknowledgement !== undefined) this.#acknowledgements.settle(acknowledgement, state);
  }
}
