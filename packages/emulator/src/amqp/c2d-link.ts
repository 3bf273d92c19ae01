import type { Clock, Timer } from "@isohub/core/internal";
import type { C2d } from "../hub/c2d.ts";
import { c2dMessage } from "./device-messages.ts";
import type { LinkHandler, Outcome } from "./link-handler.ts";
import { OutgoingLink } from "./outgoing-link.ts";
import { type Delivery, type Sender, tagOf, uuidOfTag } from "./rhea.ts";

/** The parts of a hub that a {@link C2dLink} needs. */
export interface C2dSource {
  readonly clock: Clock;
  readonly c2d: C2d;
}

const settlements = { accepted: "complete", rejected: "reject", released: "abandon" } as const;
// A lock that runs out is noticed after this time.
const pollMs = 1_000;

/** A link that a device receives cloud-to-device messages from. Each is locked until the device gives it an outcome. */
export class C2dLink implements LinkHandler {
  readonly #link: OutgoingLink;
  readonly #source: C2dSource;
  readonly #deviceId: string;
  readonly #locks = new Set<string>();
  readonly #stop: () => void;
  #timer: Timer | undefined;

  constructor(sender: Sender, deviceId: string, source: C2dSource) {
    this.#link = new OutgoingLink(sender);
    this.#deviceId = deviceId;
    this.#source = source;
    this.#stop = source.c2d.onEnqueued((id) => {
      if (id === deviceId) this.onSendable();
    });
  }

  onSendable(): void {
    this.#link.schedule(() => this.#pump());
  }

  onOutcome(delivery: Delivery, outcome: Outcome): void {
    const lockToken = uuidOfTag(delivery.tag);
    if (this.#locks.delete(lockToken)) this.#settle(lockToken, settlements[outcome]);
    this.onSendable();
  }

  onClose(): void {
    this.#stop();
    this.#timer?.cancel();
    this.#link.close();
    for (const lockToken of this.#locks) this.#settle(lockToken, "abandon");
    this.#locks.clear();
  }

  #pump(): void {
    const { c2d, clock } = this.#source;
    while (this.#link.credit > 0) {
      const fetched = c2d.fetch(this.#deviceId);
      if (fetched === undefined) break;
      this.#locks.add(fetched.lockToken);
      this.#link.send(c2dMessage(fetched), tagOf(fetched.lockToken));
    }
    if (c2d.count(this.#deviceId) === 0 || this.#timer !== undefined) return;
    this.#timer = clock.setTimer(() => {
      this.#timer = undefined;
      this.onSendable();
    }, pollMs);
  }

  #settle(lockToken: string, settlement: "complete" | "reject" | "abandon"): void {
    try {
      this.#source.c2d.settle(this.#deviceId, lockToken, settlement);
    } catch {
      // The lock has run out, so the message is delivered again.
    }
  }
}
