// The entry `outbox` in web pages and workers.
import { UnsupportedFeatureError } from "@isohub/browser";
import type { OutboxStore } from "@isohub/browser/outbox";
import type { FileOutboxOptions } from "@isohub/node/outbox";

export * from "@isohub/browser/outbox";

/** @throws {UnsupportedFeatureError} `unsupported_feature`, always */
export function fileOutboxStore(_path: string, _options?: FileOutboxOptions): OutboxStore {
  throw new UnsupportedFeatureError("fileOutboxStore() needs a file system, which a web page doesn't have", {
    remediation: "Call indexedDbOutboxStore(name) instead",
  });
}
