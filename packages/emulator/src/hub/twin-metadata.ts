import type { JsonObject } from "@isohub/core";
import { isJsonObject } from "@isohub/core/internal";

/** When each node of a section was last written, and by which version. */
export interface Stamp {
  readonly $lastUpdated: string;
  /** Desired properties only. */
  readonly $lastUpdatedVersion?: number;
}

/** Stamps every node a patch has written, and forgets what it has deleted. */
export function mergeMetadata(metadata: JsonObject, patch: JsonObject, stamp: Stamp): JsonObject {
  const merged = new Map<string, unknown>(Object.entries({ ...metadata, ...stamp }));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) {
      merged.delete(key);
      continue;
    }
    // What is no object any more has no children to remember.
    const old = isJsonObject(value) ? merged.get(key) : undefined;
    merged.set(key, mergeMetadata(isJsonObject(old) ? old : {}, isJsonObject(value) ? value : {}, stamp));
  }
  return Object.fromEntries(merged);
}
