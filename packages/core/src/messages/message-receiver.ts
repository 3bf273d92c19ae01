import type { Link } from "../connection/link.ts";
import { ClientError } from "../errors.ts";
import { type Channel, NotConsumed } from "../events/channel.ts";
import type { ReceivedMessage } from "./message.ts";

/** A message that the hub waits to hear about. */
interface Delivery {
  readonly message: ReceivedMessage;
  /** Undefined at QoS 0. */
  readonly acknowledgement: Acknowledgement | undefined;
}

interface Acknowledgement {
  readonly link: Link;
  readonly packetId: number;
  state: "open" | "done" | "failed";
}

/**
 * Messages from the hub, acknowledged only once the application has dealt with them. A message that fails in its
 * handler is not acknowledged, and the hub delivers it again; one that nobody listens for is kept until somebody does.
 *
 * Acknowledgements go out in the order of delivery, as MQTT asks for [MQTT-4.6.0-2].
 */
export class MessageReceiver {
  readonly #channel: Channel<ReceivedMessage>;
  readonly #report: (error: Error) => void;
  readonly #limit: number;
  #held: Delivery[] = [];
  #open: Acknowledgement[] = [];
  #overflowed = false;

  /** @param limit - how many messages are kept while nobody listens; what comes beyond stays with the hub */
  constructor(channel: Channel<ReceivedMessage>, limit: number, report: (error: Error) => void) {
    this.#channel = channel;
    this.#limit = limit;
    this.#report = report;
  }

  receive(message: ReceivedMessage, link: Link, packetId: number | undefined): void {
    const acknowledgement: Acknowledgement | undefined =
      packetId === undefined ? undefined : { link, packetId, state: "open" };
    if (acknowledgement !== undefined) this.#open.push(acknowledgement);
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

  /** The connection is gone: the hub delivers again what it has no acknowledgement for. */
  onDisconnected(): void {
    this.#open = [];
    this.#held = this.#held.filter(({ acknowledgement }) => acknowledgement === undefined);
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
    Promise.allSettled(this.#channel.emit(delivery.message)).then((outcomes) => {
      const reasons = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));
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
      } else if (reasons.length < outcomes.length) {
        this.#settle(delivery, "done");
      } else if (this.#isOpen(delivery)) {
        // Nobody came to it, their loops ended first: the next listener gets it.
        if (this.#channel.hasConsumers) this.#deliver(delivery);
        else this.#hold(delivery);
      }
    });
  }

  #isOpen({ acknowledgement }: Delivery): boolean {
    return acknowledgement === undefined || this.#open.includes(acknowledgement);
  }

  #settle({ acknowledgement }: Delivery, state: "done" | "failed"): void {
    if (acknowledgement === undefined || !this.#open.includes(acknowledgement)) return;
    acknowledgement.state = state;
    for (let first = this.#open[0]; first !== undefined && first.state !== "open"; first = this.#open[0]) {
      this.#open.shift();
      if (first.state === "done") first.link.acknowledge(first.packetId);
    }
  }
}
