import { ClientError, type ErrorDetails } from "../errors.ts";
import { type Channel, NotConsumed } from "../events/channel.ts";
import { Acknowledgements, type Delivery } from "./acknowledgements.ts";
import type { ReceivedMessage } from "./message.ts";

/**
 * Hands messages from the hub to the application, and acknowledges each only after the application has handled it. A message
 * whose handler fails is not acknowledged, so the hub delivers it again. While there is no listener, messages are held.
 */
export class MessageReceiver {
  readonly #channel: Channel<ReceivedMessage>;
  readonly #report: (error: Error) => void;
  readonly #limit: number;
  readonly #acknowledgements: Acknowledgements;
  #held: Delivery[] = [];
  #overflowed = false;

  /** @param limit - how many messages are held while there is no listener; the hub keeps further ones */
  constructor(channel: Channel<ReceivedMessage>, limit: number, report: (error: Error) => void) {
    this.#channel = channel;
    this.#limit = limit;
    this.#report = report;
    this.#acknowledgements = new Acknowledgements(limit);
  }

  /** @param acknowledge - undefined at QoS 0 */
  deliver(message: ReceivedMessage, acknowledge: (() => void) | undefined, dup = false): void {
    const { messageId } = message;
    const fresh: Delivery = { message, messageId, acknowledge, state: "open" };
    const delivery = this.#acknowledgements.deliver(fresh, dup);
    if (delivery !== undefined) this.#offer(delivery);
  }

  /** There is a listener now: hands over the held messages. */
  flush(): void {
    const held = this.#held;
    this.#held = [];
    this.#overflowed = false;
    for (const delivery of held) this.#emit(delivery);
  }

  /** Whether the hub expects an acknowledgement. */
  get isBusy(): boolean {
    return this.#acknowledgements.hasOpen;
  }

  /**
   * Waits, before an orderly close, until messages are acknowledged whose handlers have just returned, for example a handler
   * that ends the client itself. It doesn't wait for handlers that are still running.
   */
  async settled(): Promise<void> {
    for (let turn = 0; turn < 3 && this.isBusy; turn++) await undefined;
  }

  /** The connection has ended: the hub delivers again what isn't acknowledged. */
  onDisconnected(): void {
    const held = new Set(this.#held);
    this.#acknowledgements.onDisconnected((one) => held.has(one));
    this.#held = this.#held.filter(({ acknowledge }) => acknowledge === undefined);
  }

  /** The device has moved to another hub, which delivers other messages. */
  onMoved(): void {
    this.#acknowledgements.forget();
  }

  #offer(delivery: Delivery): void {
    if (this.#channel.hasConsumers) this.#emit(delivery);
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
    const message = `${this.#limit} messages wait for a listener; further ones stay at the hub`;
    const remediation = "Set onMessageReceived, or raise receiveQueueLimit";
    this.#report(new ClientError("queue_overflow", message, { remediation }));
  }

  #emit(delivery: Delivery): void {
    if (delivery.message === undefined) return;
    const outcomes = this.#channel.emit(delivery.message);
    if (outcomes.some((outcome) => outcome instanceof Promise)) this.#await(delivery, outcomes);
    else this.#conclude(delivery, outcomes.length > 0);
  }

  #await(delivery: Delivery, outcomes: readonly unknown[]): void {
    const pending = outcomes.filter((outcome) => outcome instanceof Promise);
    let left = pending.length;
    let done = left < outcomes.length;
    let failure: ErrorDetails | undefined;
    const settled = (): void => {
      if (--left === 0) this.#conclude(delivery, done, failure);
    };
    // Not Promise.allSettled: the acknowledgement must be sent before code that awaits the handler continues.
    for (const promise of pending) {
      promise.then(
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

  /** @param done - whether a listener has handled the message */
  #conclude(delivery: Delivery, done: boolean, failure?: ErrorDetails): void {
    if (failure !== undefined) {
      this.#acknowledgements.settle(delivery, "failed");
      const message = "A message handler failed; the hub will deliver the message again";
      this.#report(new ClientError("handler_failed", message, failure));
    } else if (done) this.#acknowledgements.settle(delivery, "done");
    // Its connection has ended as well, so the hub delivers it again.
    else if (!this.#acknowledgements.isOpen(delivery)) this.#acknowledgements.settle(delivery, "failed");
    // Iterations ended before they reached it: the next listener gets it.
    else this.#offer(delivery);
  }
}
