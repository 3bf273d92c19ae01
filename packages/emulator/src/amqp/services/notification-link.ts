import { utf8 } from "@isohub/core/internal";
import type { LockedNotification, NotificationQueue } from "../../hub/deliveries/notification-queue.ts";
import type { LinkHandler, Outcome } from "../rhea/link-handler.ts";
import { OutgoingLink } from "../rhea/outgoing-link.ts";
import { type Delivery, dataSection, type Sender, tagOf, types, uuidOfTag } from "../rhea/rhea.ts";

/** The form of a kind of notification. */
export interface NotificationForm<Value> {
  readonly contentType: string;
  /** Returns the body, for JSON. */
  body(value: Value): unknown;
}

/** A link that feedback or file notifications are received from. What the client accepts is completed. */
export class NotificationLink<Value> implements LinkHandler {
  readonly #link: OutgoingLink;
  readonly #queue: NotificationQueue<Value>;
  readonly #form: NotificationForm<Value>;
  readonly #locks = new Set<string>();
  readonly #stop: () => void;

  constructor(sender: Sender, queue: NotificationQueue<Value>, form: NotificationForm<Value>) {
    this.#link = new OutgoingLink(sender);
    this.#queue = queue;
    this.#form = form;
    this.#stop = queue.onAvailable(() => this.onSendable());
  }

  onSendable(): void {
    this.#link.schedule(() => {
      while (this.#link.credit > 0) {
        const locked = this.#queue.receive();
        if (locked === undefined) break;
        this.#send(locked);
      }
    });
  }

  onOutcome(delivery: Delivery, outcome: Outcome): void {
    const lockToken = uuidOfTag(delivery.tag);
    if (!this.#locks.delete(lockToken)) return;
    if (outcome === "released") this.#queue.abandon(lockToken);
    else this.#queue.complete(lockToken);
  }

  onClose(): void {
    this.#stop();
    this.#link.close();
    for (const lockToken of this.#locks) this.#queue.abandon(lockToken);
    this.#locks.clear();
  }

  #send({ lockToken, value, enqueuedAt }: LockedNotification<Value>): void {
    this.#locks.add(lockToken);
    // The client for .NET requires a user id.
    const message = {
      message_id: lockToken,
      user_id: Buffer.from("iothub"),
      content_type: this.#form.contentType,
      content_encoding: "utf-8",
      message_annotations: { "iothub-enqueuedtime": types.wrap_timestamp(enqueuedAt) },
      body: dataSection(utf8(JSON.stringify(this.#form.body(value)))),
    };
    this.#link.send(message, tagOf(lockToken));
  }
}
