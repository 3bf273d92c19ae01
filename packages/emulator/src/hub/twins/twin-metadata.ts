import type { JsonObject } from "@isohub/core";
import { isJsonObject } from "@isohub/core/internal";

/** The time, and for desired properties the version, of the last write to a node. */
export interface Stamp {
  readonly $lastUpdated: string;
  /** Desired properties only. */
  readonly $lastUpdatedVersion?: number;
}

/** Stamps every node that a patch has written, and removes those that it has deleted. */
export function mergeMetadata(metadata: JsonObject, patch: JsonObject, stamp: Stamp): JsonObject {
  const merged = new Map<string, unknown>(Object.entries({ ...metadata, ...stamp }));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) {
      merged.delete(key);
      continue;
    }
    // A value that replaces an object has no metadata for the object's properties.
    const old = isJsonObject(value) ? merged.get(key) : undefined;
    merged.set(key, mergeMetadata(isJsonObject(old) ? old : {}, isJsonObject(value) ? value : {}, stamp));
  }
  return Object.fromEntries(merged);
}
