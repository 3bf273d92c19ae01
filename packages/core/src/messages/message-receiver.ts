import type { Link } from "../connection/link.ts";
import { ClientError, type ErrorDetails } from "../errors.ts";
import { type Channel, NotConsumed } from "../events/channel.ts";
import { Acknowledgements, type Delivery } from "./acknowledgements.ts";
import type { ReceivedMessage } from "./message.ts";

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
    const { messageId } = message;
    const fresh: Delivery = { message, messageId, link, packetId, state: "open" };
    const delivery = this.#acknowledgements.deliver(fresh, dup);
    if (delivery !== undefined) this.#offer(delivery);
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
    const held = new Set(this.#held);
    this.#acknowledgements.onDisconnected((one) => held.has(one));
    this.#held = this.#held.filter(({ packetId }) => packetId === undefined);
  }

  /** The hub is another one: nothing that comes from now on has been here before. */
  onMoved(): void {
    this.#acknowledgements.forgetEarlier();
  }

  #offer(delivery: Delivery): void {
    if (this.#channel.hasConsumers) this.#deliver(delivery);
    else this.#hold(delivery);
  }

  #hold(delivery: Delivery): void {
    if (this.#held.length < this.#limit) {
      this.#held.push(delivery);
      return;
    }
    this.#acknowledgements.settle(delivery, "failed");
    if (this.#overflowed) return;
    this.#overflowed = true;
    const what = `${this.#limit} messages wait and nobody listens; further ones stay at the hub`;
    const remediation = "Set onMessageReceived, or raise receiveQueueLimit";
    this.#report(new ClientError("queue_overflow", what, { remediation }));
  }

  #deliver(delivery: Delivery): void {
    const outcomes = this.#channel.emit(delivery.message as ReceivedMessage);
    if (outcomes.some((outcome) => outcome instanceof Promise)) this.#await(delivery, outcomes);
    else this.#conclude(delivery, outcomes.length > 0);
  }

  #await(delivery: Delivery, outcomes: readonly unknown[]): void {
    const waits = outcomes.filter((outcome) => outcome instanceof Promise);
    let left = waits.length;
    let done = left < outcomes.length;
    let failure: ErrorDetails | undefined;
    const settled = (): void => {
      if (--left === 0) this.#conclude(delivery, done, failure);
    };
    // Not Promise.allSettled: an acknowledgement must be on its way before whoever waits for the handler goes on.
    for (const wait of waits) {
      wait.then(
        () => {
          done = true;
          settled();
        },
        (cause: unknown) => {
          if (!(cause instanceof NotConsumed)) failure ??= { cause };
          settled();
        },
      );
    }
  }

  /** @param done - whether somebody has dealt with it */
  #conclude(delivery: Delivery, done: boolean, failure?: ErrorDetails): void {
    if (failure !== undefined) {
      this.#acknowledgements.settle(delivery, "failed");
      const what = "A message handler failed; the hub will deliver the message again";
      this.#report(new ClientError("handler_failed", what, failure));
    } else if (done) this.#acknowledgements.settle(delivery, "done");
    // Its connection is gone as well: the hub delivers it again, to whoever listens then.
    else if (!this.#acknowledgements.isOpen(delivery)) this.#acknowledgements.settle(delivery, "failed");
    // Nobody came to it, their loops ended first: the next listener gets it.
    else this.#offer(delivery);
  }
}
