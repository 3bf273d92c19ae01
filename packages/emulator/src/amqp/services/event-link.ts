import type { TelemetryPartition } from "../../hub/telemetry/telemetry-partition.ts";
import type { LinkHandler } from "../rhea/link-handler.ts";
import { OutgoingLink } from "../rhea/outgoing-link.ts";
import { type AmqpError, type Sender, types } from "../rhea/rhea.ts";
import { eventMessage } from "./event-message.ts";
import type { EventReader } from "./event-readers.ts";

/** Options of an {@link EventLink}. */
export interface EventLinkOptions {
  readonly partition: TelemetryPartition;
  /** The sequence number of the last message that isn't read. */
  readonly after: number;
  readonly epoch: number | undefined;
  /** Whether each message carries the state of its partition. */
  readonly withState: boolean;
  now(): number;
  /** Whether so much is unsent that nothing should be added. */
  isCongested(): boolean;
  /** Calls `listener` when a message arrives in a partition. Returns a function that stops it. */
  onAppend(listener: (partition: TelemetryPartition) => void): () => void;
  /** Called when the link has closed. */
  onClose(link: EventLink): void;
}

// Other links have their turn after this many messages.
const batch = 100;

/** A link that the messages of a partition are read from. */
export class EventLink implements LinkHandler, EventReader {
  readonly epoch: number | undefined;
  readonly #link: OutgoingLink;
  readonly #options: EventLinkOptions;
  readonly #stop: () => void;
  #after: number;

  constructor(sender: Sender, options: EventLinkOptions) {
    this.#link = new OutgoingLink(sender);
    this.#options = options;
    this.epoch = options.epoch;
    this.#after = options.after;
    this.#stop = options.onAppend((partition) => {
      if (partition === options.partition) this.onSendable();
    });
  }

  onSendable(): void {
    this.#link.schedule(() => this.#pump());
  }

  steal(error: AmqpError): void {
    this.onClose();
    this.#link.sender.close(error);
  }

  onClose(): void {
    this.#stop();
    this.#link.close();
    this.#options.onClose(this);
  }

  #pump(): void {
    const { partition, isCongested } = this.#options;
    const credit = isCongested() ? 0 : Math.min(this.#link.credit, batch);
    if (credit === 0) return;
    const messages = partition.read(this.#after, credit);
    const delivery_annotations = this.#options.withState ? this.#state() : undefined;
    for (const message of messages) {
      this.#link.send({ ...eventMessage(message), delivery_annotations });
      this.#after = message.partitionSequenceNumber;
    }
    if (messages.length === credit) this.onSendable();
  }

  #state(): object {
    const { lastEnqueuedSequenceNumber, lastEnqueuedOffset, lastEnqueuedAt } =
      this.#options.partition.state();
    return {
      last_enqueued_sequence_number: types.wrap_long(lastEnqueuedSequenceNumber),
      last_enqueued_offset: lastEnqueuedOffset,
      last_enqueued_time_utc: types.wrap_timestamp(lastEnqueuedAt),
      runtime_info_retrieval_time_utc: types.wrap_timestamp(this.#options.now()),
    };
  }
}
