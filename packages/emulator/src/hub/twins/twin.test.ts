import type { JsonObject } from "@isohub/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HubError } from "../hub-error.ts";
import { deviceTwin, newTwin, patchDesired, patchReported, patchTags, twinEtag } from "./twin.ts";

/** A twin that is patched repeatedly, on a clock that stands still. */
class PatchedTwin {
  now = "2026-01-01T00:00:00.000Z";
  record = newTwin(this.now);

  patchDesired(patch: unknown): JsonObject {
    const { twin, applied } = patchDesired(this.record, patch, this.now);
    this.record = twin;
    return applied;
  }

  patchReported(patch: unknown, ifVersion?: number): void {
    this.record = patchReported(this.record, patch, this.now, ifVersion).twin;
  }

  patchTags(patch: unknown): void {
    this.record = patchTags(this.record, patch);
  }
}

describe("a twin", () => {
  it("begins empty, with both sections at version 1", () => {
    expect(deviceTwin(newTwin(""))).toEqual({ desired: { $version: 1 }, reported: { $version: 1 } });
  });

  it("merges objects, deletes by null and replaces everything else", () => {
    const twin = new PatchedTwin();
    twin.patchReported({ keep: 1, o: { a: 1, b: { c: 1 } }, list: [1, 2, 3], gone: 1, s: 1 });
    twin.patchReported({ o: { b: { d: 2 } }, list: [4], gone: null, s: { now: "object" }, never: null });
    expect(twin.record.reported.value).toEqual({
      keep: 1,
      o: { a: 1, b: { c: 1, d: 2 } },
      list: [4],
      s: { now: "object" },
    });
  });

  it("counts each section separately", () => {
    const twin = new PatchedTwin();
    twin.patchDesired({ a: 1 });
    twin.patchDesired({ a: 1 });
    twin.patchReported({});
    expect([twin.record.desired.version, twin.record.reported.version]).toEqual([3, 2]);
  });

  it("returns the patch to notify: what was written, including nulls, and the new version", () => {
    const twin = new PatchedTwin();
    expect(twin.patchDesired({ a: { b: null }, $version: 99 })).toEqual({ a: { b: null }, $version: 2 });
  });

  it("changes its etag and version with desired properties and tags", () => {
    const twin = new PatchedTwin();
    const seen = [twinEtag(twin.record)];
    twin.patchDesired({ a: 1 });
    seen.push(twinEtag(twin.record));
    twin.patchTags({ a: 1 });
    seen.push(twinEtag(twin.record));
    expect(new Set(seen).size).toBe(3);
    expect(seen[0]).toBe("AAAAAAAAAAE=");
    expect(twin.record.version).toBe(4);
  });

  it("stamps only the nodes that a write has changed", () => {
    const twin = new PatchedTwin();
    twin.patchDesired({ a: { b: 1, c: 2 }, d: 1 });
    twin.now = "2026-01-01T00:00:01.000Z";
    twin.patchDesired({ a: { b: 2 } });
    const old = { $lastUpdated: "2026-01-01T00:00:00.000Z", $lastUpdatedVersion: 2 };
    const fresh = { $lastUpdated: "2026-01-01T00:00:01.000Z", $lastUpdatedVersion: 3 };
    expect(twin.record.desired.metadata).toEqual({ ...fresh, a: { ...fresh, b: fresh, c: old }, d: old });
    twin.patchDesired({ a: { c: null } });
    expect(twin.record.desired.metadata["a"]).not.toHaveProperty("c");
  });

  it("has no versions in the metadata of reported properties", () => {
    const twin = new PatchedTwin();
    twin.patchReported({ a: 1 });
    expect(twin.record.reported.metadata["a"]).toEqual({ $lastUpdated: "2026-01-01T00:00:00.000Z" });
  });

  it("is unchanged when a patch is refused", () => {
    const twin = new PatchedTwin();
    twin.patchReported({ a: 1 });
    expect(() => twin.patchReported({ b: 1, "bad key": 2 })).toThrow(HubError);
    const big = Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`k${at}`, "x".repeat(4000)]));
    expect(() => twin.patchReported(big)).toThrow("must be up to 32768 bytes");
    expect(twin.record.reported).toMatchObject({ value: { a: 1 }, version: 2 });
    expect(() => twin.patchTags(Object.fromEntries(Object.entries(big).slice(0, 3)))).toThrow(
      "must be up to 8192 bytes",
    );
    expect(twin.record.tags).toEqual({});
  });

  it("limits the whole section, not each patch", () => {
    const twin = new PatchedTwin();
    for (let at = 0; at < 8; at++) twin.patchReported({ [`k${at}`]: "x".repeat(4094) });
    expect(() => twin.patchReported({ more: 1 })).toThrow("must be up to 32768 bytes");
    twin.patchReported({ k0: null });
    twin.patchReported({ more: 1 });
  });

  it("refuses a conditional write to another version", () => {
    const twin = new PatchedTwin();
    twin.patchReported({ a: 1 }, 1);
    expect(() => twin.patchReported({ a: 2 }, 1)).toThrow(
      expect.objectContaining({ statusCode: 412, errorCode: 412001 }),
    );
    expect(twin.record.reported.value).toEqual({ a: 1 });
  });

  it("shows its device neither tags nor metadata", () => {
    const twin = new PatchedTwin();
    twin.patchTags({ room: 1 });
    twin.patchDesired({ a: 1 });
    expect(deviceTwin(twin.record)).toEqual({ desired: { a: 1, $version: 2 }, reported: { $version: 1 } });
  });
});

// Small documents with few keys, so that patches overlap.
const keys = fc.constantFrom("a", "b", "c", "__proto__", "constructor");
const documents: fc.Arbitrary<JsonObject> = fc.letrec<{ node: unknown; document: JsonObject }>((tie) => ({
  node: fc.oneof(fc.constant(null), fc.integer({ min: -9, max: 9 }), fc.array(fc.boolean()), tie("document")),
  document: fc
    .array(fc.tuple(keys, tie("node")), { maxLength: 4 })
    .map((entries) => Object.fromEntries(entries)),
})).document;

/** The algorithm of RFC 7396, on maps. */
function model(target: unknown, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const isObject = typeof target === "object" && target !== null && !Array.isArray(target);
  const result = new Map<string, unknown>(isObject ? Object.entries(target) : []);
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) result.delete(name);
    else result.set(name, model(result.get(name), value));
  }
  return Object.fromEntries(result);
}

describe("a twin after any patches", () => {
  it("is merged by RFC 7396", () => {
    fc.assert(
      fc.property(fc.array(documents, { maxLength: 6 }), (patches) => {
        const twin = new PatchedTwin();
        let expected: unknown = {};
        for (const patch of patches) {
          twin.patchReported(patch);
          expected = model(expected, patch);
        }
        expect(JSON.stringify(twin.record.reported.value)).toBe(JSON.stringify(expected));
        expect(twin.record.reported.version).toBe(1 + patches.length);
        expect(Object.getPrototypeOf({}).polluted).toBeUndefined();
      }),
    );
  });

  it("has metadata for exactly its keys", () => {
    fc.assert(
      fc.property(fc.array(documents, { maxLength: 5 }), (patches) => {
        const twin = new PatchedTwin();
        for (const patch of patches) twin.patchDesired(patch);
        expect(keysOf(twin.record.desired.metadata)).toEqual(keysOf(twin.record.desired.value));
      }),
    );
  });

  it("is the same when a patch is applied twice", () => {
    fc.assert(
      fc.property(documents, documents, (first, second) => {
        const twin = new PatchedTwin();
        twin.patchReported(first);
        twin.patchReported(second);
        const once = JSON.stringify(twin.record.reported.value);
        twin.patchReported(second);
        expect(JSON.stringify(twin.record.reported.value)).toBe(once);
      }),
    );
  });
});

/** The tree of keys, without the stamps. */
function keysOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return {};
  const entries = Object.entries(value).filter(([key]) => !key.startsWith("$"));
  return Object.fromEntries(entries.map(([key, inner]) => [key, keysOf(inner)]).sort());
}
