import type { Clock, Timer } from "@isohub/core/internal";
import type { WaitingMessages } from "../../hub/deliveries/queued-message.ts";
import type { LinkHandler, Outcome } from "../rhea/link-handler.ts";
import { OutgoingLink } from "../rhea/outgoing-link.ts";
import { type Delivery, type Sender, tagOf, uuidOfTag } from "../rhea/rhea.ts";
import { messageToDevice } from "./device-messages.ts";

const settlements = { accepted: "complete", rejected: "reject", released: "abandon" } as const;
// How often the link looks for messages whose lock has run out.
const pollMs = 1_000;

/**
 * A link that a device receives cloud-to-device messages from, or a module messages to its inputs. Each message is locked until
 * it has an outcome.
 */
export class DeliveryLink implements LinkHandler {
  readonly #link: OutgoingLink;
  readonly #waiting: WaitingMessages;
  readonly #clock: Clock;
  readonly #latencyMs: () => number;
  readonly #locks = new Set<string>();
  readonly #stop: () => void;
  #timer: Timer | undefined;

  /** @param latencyMs - returns the time to wait before the next messages, because of a fault */
  constructor(sender: Sender, waiting: WaitingMessages, clock: Clock, latencyMs: () => number) {
    this.#link = new OutgoingLink(sender);
    this.#waiting = waiting;
    this.#clock = clock;
    this.#latencyMs = latencyMs;
    this.#stop = waiting.onEnqueued(() => this.onSendable());
  }

  onSendable(): void {
    this.#link.schedule(() => {
      const ms = this.#latencyMs();
      if (ms === 0) this.#pump();
      else this.#delay(ms, () => this.#pump());
    });
  }

  onOutcome(delivery: Delivery, outcome: Outcome): void {
    const lockToken = uuidOfTag(delivery.tag);
    if (this.#locks.delete(lockToken)) this.#waiting.settle(lockToken, settlements[outcome]);
    this.onSendable();
  }

  onClose(): void {
    this.#stop();
    this.#timer?.cancel();
    this.#link.close();
    for (const lockToken of this.#locks) this.#waiting.settle(lockToken, "abandon");
    this.#locks.clear();
  }

  #pump(): void {
    while (this.#link.credit > 0) {
      const fetched = this.#waiting.fetch();
      if (fetched === undefined) break;
      this.#locks.add(fetched.lockToken);
      this.#link.send(messageToDevice(fetched), tagOf(fetched.lockToken));
    }
    if (this.#waiting.count > 0) this.#delay(pollMs, () => this.onSendable());
  }

  #delay(ms: number, run: () => void): void {
    this.#timer ??= this.#clock.setTimer(() => {
      this.#timer = undefined;
      run();
    }, ms);
  }
}
