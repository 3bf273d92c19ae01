import type { JsonObject } from "@isohub/core";
import { applyPatch, type Clock } from "@isohub/core/internal";
import { isoTime } from "./clock.ts";
import { HubError } from "./hub-error.ts";
import { mergeMetadata } from "./twin-metadata.ts";
import { checkPatch, checkSize } from "./twin-rules.ts";

/** The twin of one identity, as the hub stores it. */
export class Twin {
  readonly #clock: Clock;
  tags: JsonObject = {};
  readonly desired: Section;
  readonly reported: Section;
  /** Counts writes to tags and desired properties; the etag follows it. */
  version = 2;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.desired = new Section("desired", isoTime(clock.now()));
    this.reported = new Section("reported", isoTime(clock.now()));
  }

  /** base64 of the version as a 64-bit number. */
  get etag(): string {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(this.version));
    return btoa(String.fromCharCode(...bytes));
  }

  /** Merges into the desired properties. Returns the patch to notify. @throws {HubError} ArgumentInvalid */
  patchDesired(patch: unknown): JsonObject {
    const applied = this.desired.apply(patch, isoTime(this.#clock.now()));
    this.version++;
    return applied;
  }

  /** Merges into the reported properties. @throws {HubError} ArgumentInvalid, PreconditionFailed */
  patchReported(patch: unknown, ifVersion?: number): JsonObject {
    if (ifVersion !== undefined && ifVersion !== this.reported.version) {
      throw new HubError(
        "PreconditionFailed",
        `The reported properties are at version ${this.reported.version}, not ${ifVersion}.`,
      );
    }
    return this.reported.apply(patch, isoTime(this.#clock.now()));
  }

  /** Merges into the tags. @throws {HubError} ArgumentInvalid */
  patchTags(patch: unknown): void {
    const merged = applyPatch(this.tags, checkPatch(patch, "tags"));
    checkSize("tags", merged);
    this.tags = merged;
    this.version++;
  }

  /** What a device gets: both sections with their versions, no metadata, no tags. */
  deviceView(): JsonObject {
    return {
      desired: { ...this.desired.value, $version: this.desired.version },
      reported: { ...this.reported.value, $version: this.reported.version },
    };
  }
}

/** Desired or reported properties: the values, when each was written, and a version that counts the writes. */
class Section {
  readonly #name: "desired" | "reported";
  value: JsonObject = {};
  metadata: JsonObject;
  version = 1;

  constructor(name: "desired" | "reported", now: string) {
    this.#name = name;
    this.metadata = this.#stamp(now);
  }

  apply(patch: unknown, now: string): JsonObject {
    const checked = checkPatch(patch, this.#name);
    const merged = applyPatch(this.value, checked);
    checkSize(this.#name, merged);
    this.version++;
    this.value = merged;
    this.metadata = mergeMetadata(this.metadata, checked, this.#stamp(now));
    return { ...checked, $version: this.version };
  }

  #stamp($lastUpdated: string): { $lastUpdated: string; $lastUpdatedVersion?: number } {
    return this.#name === "desired" ? { $lastUpdated, $lastUpdatedVersion: this.version } : { $lastUpdated };
  }
}
