// The entry `outbox` on Deno.
import type { IndexedDbOutboxOptions } from "@isohub/browser/outbox";
import { UnsupportedFeatureError } from "@isohub/deno";
import type { OutboxStore } from "@isohub/deno/outbox";

export * from "@isohub/deno/outbox";

/** @throws {UnsupportedFeatureError} `unsupported_feature`, always */
export function indexedDbOutboxStore(_name: string, _options?: IndexedDbOutboxOptions): OutboxStore {
  throw new UnsupportedFeatureError("indexedDbOutboxStore() needs the IndexedDB of a web page", {
    remediation: "Call fileOutboxStore(path) instead",
  });
}
