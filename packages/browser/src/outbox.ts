// The outbox: messages that are stored before they are sent. A separate file, so that pages without one don't download it.
export {
  createOutbox,
  type EnqueueOptions,
  type Outbox,
  type OutboxOptions,
  type OutboxPriority,
  type OutboxReceipt,
  type OutboxState,
  type OutboxStore,
  type StoredMessage,
  type StoredMessages,
} from "@isohub/core/outbox";
export { type IndexedDbOutboxOptions, indexedDbOutboxStore } from "./indexeddb-outbox-store.ts";
