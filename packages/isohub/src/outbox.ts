/** The outbox: messages that are stored before they are sent. */
import type { IndexedDbOutboxOptions } from "@isohub/browser/outbox";
import { UnsupportedFeatureError } from "@isohub/node";
import type { OutboxStore } from "@isohub/node/outbox";

export type { IndexedDbOutboxOptions } from "@isohub/browser/outbox";
export * from "@isohub/node/outbox";

/**
 * Creates a store for an outbox in IndexedDB. See `indexedDbOutboxStore` of `@isohub/browser/outbox`.
 *
 * @throws {UnsupportedFeatureError} `unsupported_feature` outside of web pages and workers
 */
export function indexedDbOutboxStore(_name: string, _options?: IndexedDbOutboxOptions): OutboxStore {
  throw new UnsupportedFeatureError("indexedDbOutboxStore() needs the IndexedDB of a web page", {
    remediation: "Call fileOutboxStore(path) instead",
  });
}
