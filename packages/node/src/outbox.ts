// The outbox: messages that are stored before they are sent.
export {
  createOutbox,
  type EnqueueOptions,
  type FileOutboxOptions,
  type Outbox,
  type OutboxOptions,
  type OutboxPriority,
  type OutboxReceipt,
  type OutboxState,
  type OutboxStore,
  type StoredMessage,
  type StoredMessages,
} from "@isohub/core/outbox";
export { fileOutboxStore } from "./files/file-outbox-store.ts";
