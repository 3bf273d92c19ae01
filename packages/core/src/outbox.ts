// The outbox: stores messages before they are sent. A separate entry, so that clients without one don't load it.
export { mustBe } from "./errors.ts";
export { createOutbox } from "./outbox/create-outbox.ts";
export {
  type FileOutboxOptions,
  FileOutboxStore,
  type OutboxFile,
  type OutboxFiles,
} from "./outbox/file-outbox-store.ts";
export type { EnqueueOptions, Outbox, OutboxPriority, OutboxReceipt, OutboxState } from "./outbox/outbox.ts";
export { inUse } from "./outbox/outbox-errors.ts";
export type { OutboxOptions } from "./outbox/outbox-options.ts";
export type { OutboxStore, StoredMessage, StoredMessages } from "./outbox/outbox-store.ts";
