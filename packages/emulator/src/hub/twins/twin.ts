import type { JsonObject } from "@isohub/core";
import { applyPatch, isJsonObject } from "@isohub/core/internal";
import { HubError } from "../hub-error.ts";
import { mergeMetadata, type Stamp } from "./twin-metadata.ts";
import { checkPatch, checkSize } from "./twin-rules.ts";

/** The twin of one identity, as it is stored. The functions of this file return a changed copy. */
export interface TwinRecord {
  readonly tags: JsonObject;
  readonly desired: TwinProperties;
  readonly reported: TwinProperties;
  /** Counts writes to tags and desired properties; the etag follows it. */
  readonly version: number;
}

/** Desired or reported properties with their metadata, and a version that counts the writes. */
export interface TwinProperties {
  readonly value: JsonObject;
  readonly metadata: JsonObject;
  readonly version: number;
}

/** A twin after a patch. */
export interface PatchedTwin {
  readonly twin: TwinRecord;
  /** The patch to notify: what was written, and the new `$version`. */
  readonly applied: JsonObject;
}

/** A change of a twin by a service. A section that is missing stays, except that replacing empties it. */
export interface TwinChange {
  readonly tags?: unknown;
  readonly desired?: unknown;
}

/** Creates an empty twin. @param now - ISO 8601, for the metadata */
export function newTwin(now: string): TwinRecord {
  return {
    tags: {},
    desired: { value: {}, metadata: { ...stamp("desired", 1, now) }, version: 1 },
    reported: { value: {}, metadata: { ...stamp("reported", 1, now) }, version: 1 },
    version: 2,
  };
}

/** Merges a patch into the desired properties. @throws {HubError} ArgumentInvalid */
export function patchDesired(twin: TwinRecord, patch: unknown, now: string): PatchedTwin {
  const { properties, applied } = patchProperties("desired", twin.desired, patch, now);
  return { twin: { ...twin, desired: properties, version: twin.version + 1 }, applied };
}

/**
 * Merges a change into a twin, or replaces tags and desired properties with it. Both sections together are one write.
 *
 * @returns the twin, and the patch of the desired properties to notify. A replacement is notified as a patch that also
 * removes what is no longer there.
 * @throws {HubError} ArgumentInvalid
 */
export function changeTwin(
  twin: TwinRecord,
  change: TwinChange,
  now: string,
  how: "patch" | "replace" = "patch",
): { readonly twin: TwinRecord; readonly applied?: JsonObject } {
  const replaces = how === "replace";
  const { tags = replaces ? {} : undefined, desired = replaces ? {} : undefined } = change;
  const before = replaces
    ? { ...twin, tags: {}, desired: { ...twin.desired, value: {}, metadata: {} } }
    : twin;
  const tagged = tags === undefined ? before : patchTags(before, tags);
  const version = twin.version + 1;
  if (desired === undefined) return { twin: { ...tagged, version } };
  const { twin: changed, applied } = patchDesired(tagged, desired, now);
  const notified = replaces ? withRemovals(twin.desired.value, applied) : applied;
  return { twin: { ...changed, version }, applied: notified };
}

/**
 * Merges a patch into the reported properties.
 *
 * @param ifVersion - the version the properties must have; any by default
 * @throws {HubError} ArgumentInvalid, PreconditionFailed
 */
export function patchReported(
  twin: TwinRecord,
  patch: unknown,
  now: string,
  ifVersion?: number,
): PatchedTwin {
  if (ifVersion !== undefined && ifVersion !== twin.reported.version) {
    throw new HubError(
      "PreconditionFailed",
      `The reported properties are at version ${twin.reported.version}, not ${ifVersion}.`,
    );
  }
  const { properties, applied } = patchProperties("reported", twin.reported, patch, now);
  return { twin: { ...twin, reported: properties }, applied };
}

/** Merges a patch into the tags. @throws {HubError} ArgumentInvalid */
export function patchTags(twin: TwinRecord, patch: unknown): TwinRecord {
  const tags = applyPatch(twin.tags, checkPatch(patch, "tags"));
  checkSize("tags", tags);
  return { ...twin, tags, version: twin.version + 1 };
}

/** Returns the etag of a twin: base64 of a 64-bit number, which is 1 for a new twin, as its version is 2. */
export function twinEtag({ version }: TwinRecord): string {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(version - 1));
  return btoa(String.fromCharCode(...bytes));
}

/** Returns the twin as its device sees it: both sections with their versions, without metadata and tags. */
export function deviceTwin({ desired, reported }: TwinRecord): JsonObject {
  return {
    desired: { ...desired.value, $version: desired.version },
    reported: { ...reported.value, $version: reported.version },
  };
}

// A device merges what it is notified of: a replacement has `null` for each member that is no longer there.
function withRemovals(before: JsonObject, after: JsonObject): JsonObject {
  const removals = Object.keys(before).map((key): [string, unknown] => {
    const old = before[key];
    const next = Object.hasOwn(after, key) ? after[key] : null;
    return [key, isJsonObject(old) && isJsonObject(next) ? withRemovals(old, next) : next];
  });
  return { ...after, ...Object.fromEntries(removals) };
}

function patchProperties(
  section: "desired" | "reported",
  { value, metadata, version }: TwinProperties,
  patch: unknown,
  now: string,
): { properties: TwinProperties; applied: JsonObject } {
  const checked = checkPatch(patch, section);
  const merged = applyPatch(value, checked);
  checkSize(section, merged);
  const next = version + 1;
  return {
    properties: {
      value: merged,
      metadata: mergeMetadata(metadata, checked, stamp(section, next, now)),
      version: next,
    },
    applied: { ...checked, $version: next },
  };
}

function stamp(section: "desired" | "reported", version: number, $lastUpdated: string): Stamp {
  return section === "desired" ? { $lastUpdated, $lastUpdatedVersion: version } : { $lastUpdated };
}
