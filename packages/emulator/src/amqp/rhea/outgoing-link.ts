import { wantsUnsettled } from "./frame-fields.ts";
import type { Delivery, Sender } from "./rhea.ts";

/** A message, as rhea encodes it. */
export type OutgoingMessage = Readonly<Record<string, unknown>>;

/** The parts of rhea's sender that its types lack. */
interface SenderInternals {
  readonly credit: number;
  readonly session: {
    readonly outgoing: { readonly next_pending_delivery: number; available(): number };
  };
}

/** A link that the client receives from. It sends no more than the client has granted credit for. */
export class OutgoingLink {
  readonly sender: Sender;
  readonly #internals: SenderInternals;
  // Passed to rhea and not sent yet. rhea counts the credit when it sends, and a message without credit would hold up the
  // other links of the session.
  #unsent: number[] = [];
  readonly #waiting: OutgoingMessage[] = [];
  #scheduled = false;
  #closed = false;

  constructor(sender: Sender) {
    this.sender = sender;
    this.#internals = sender as unknown as SenderInternals;
  }

  /** The number of messages that can be sent now. */
  get credit(): number {
    if (this.#closed || !this.sender.is_open()) return 0;
    const { outgoing } = this.#internals.session;
    this.#unsent = this.#unsent.filter((id) => id >= outgoing.next_pending_delivery);
    return Math.max(0, Math.min(this.#internals.credit - this.#unsent.length, outgoing.available()));
  }

  /**
   * Sends a message. Without `tag` it needs no answer, and is settled unless the client demands otherwise.
   *
   * @param tag - identifies the message in its outcome
   */
  send(message: OutgoingMessage, tag?: Buffer): Delivery {
    const delivery = this.sender.send(message as unknown as Parameters<Sender["send"]>[0], tag);
    if (tag === undefined && !wantsUnsettled(this.sender)) Object.assign(delivery, { settled: true });
    this.#unsent.push(delivery.id);
    return delivery;
  }

  /** Sends a message as soon as there is credit. */
  enqueue(message: OutgoingMessage): void {
    this.#waiting.push(message);
    this.flushSoon();
  }

  /** Sends the messages that wait for credit, after rhea has sent what it has. */
  flushSoon(): void {
    this.schedule(() => {
      for (const message of this.#waiting.splice(0, this.credit)) this.send(message);
    });
  }

  /** Calls `pump` once, after rhea has sent what it has: then the attach is sent, and the credit is exact. */
  schedule(pump: () => void): void {
    if (this.#scheduled || this.#closed) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (!this.#closed) pump();
    });
  }

  close(): void {
    this.#closed = true;
  }
}
