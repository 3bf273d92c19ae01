import type { JsonObject } from "@isohub/core";
import { VirtualClock } from "@isohub/core/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HubError } from "./hub-error.ts";
import { Twin } from "./twin.ts";

const start = Date.parse("2026-01-01T00:00:00Z");

function withTwin(): { twin: Twin; clock: VirtualClock } {
  const clock = new VirtualClock(start);
  return { twin: new Twin(clock), clock };
}

describe("a twin", () => {
  it("begins empty, with both sections at version 1", () => {
    expect(withTwin().twin.deviceView()).toEqual({ desired: { $version: 1 }, reported: { $version: 1 } });
  });

  it("merges objects, deletes by null and replaces everything else", () => {
    const { twin } = withTwin();
    twin.patchReported({ keep: 1, o: { a: 1, b: { c: 1 } }, list: [1, 2, 3], gone: 1, s: 1 });
    twin.patchReported({ o: { b: { d: 2 } }, list: [4], gone: null, s: { now: "object" }, never: null });
    expect(twin.reported.value).toEqual({
      keep: 1,
      o: { a: 1, b: { c: 1, d: 2 } },
      list: [4],
      s: { now: "object" },
    });
  });

  it("counts each section by itself", () => {
    const { twin } = withTwin();
    twin.patchDesired({ a: 1 });
    twin.patchDesired({ a: 1 });
    twin.patchReported({});
    expect([twin.desired.version, twin.reported.version]).toEqual([3, 2]);
  });

  it("returns the patch to notify: what was written, nulls too, and the new version", () => {
    const { twin } = withTwin();
    expect(twin.patchDesired({ a: { b: null }, $version: 99 })).toEqual({ a: { b: null }, $version: 2 });
  });

  it("changes its etag and version with desired properties and tags", () => {
    const { twin } = withTwin();
    const seen = [twin.etag];
    twin.patchDesired({ a: 1 });
    seen.push(twin.etag);
    twin.patchTags({ a: 1 });
    seen.push(twin.etag);
    expect(new Set(seen).size).toBe(3);
    expect(seen[0]).toBe("AAAAAAAAAAI=");
    expect(twin.version).toBe(4);
  });

  it("stamps the nodes a write has touched, and no others", async () => {
    const { twin, clock } = withTwin();
    twin.patchDesired({ a: { b: 1, c: 2 }, d: 1 });
    await clock.advance(1000);
    twin.patchDesired({ a: { b: 2 } });
    const old = { $lastUpdated: "2026-01-01T00:00:00.000Z", $lastUpdatedVersion: 2 };
    const fresh = { $lastUpdated: "2026-01-01T00:00:01.000Z", $lastUpdatedVersion: 3 };
    expect(twin.desired.metadata).toEqual({ ...fresh, a: { ...fresh, b: fresh, c: old }, d: old });
    twin.patchDesired({ a: { c: null } });
    expect(twin.desired.metadata["a"]).not.toHaveProperty("c");
  });

  it("gives reported properties no version in their metadata", () => {
    const { twin } = withTwin();
    twin.patchReported({ a: 1 });
    expect(twin.reported.metadata["a"]).toEqual({ $lastUpdated: "2026-01-01T00:00:00.000Z" });
  });

  it("leaves everything as it was when a patch is refused", () => {
    const { twin } = withTwin();
    twin.patchReported({ a: 1 });
    expect(() => twin.patchReported({ b: 1, "bad key": 2 })).toThrow(HubError);
    const big = Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`k${at}`, "x".repeat(4000)]));
    expect(() => twin.patchReported(big)).toThrow("the limit is 32768");
    expect(twin.reported).toMatchObject({ value: { a: 1 }, version: 2 });
    expect(() => twin.patchTags(Object.fromEntries(Object.entries(big).slice(0, 3)))).toThrow(
      "the limit is 8192",
    );
    expect(twin.tags).toEqual({});
  });

  it("counts what is there together, not each patch", () => {
    const { twin } = withTwin();
    for (let at = 0; at < 8; at++) twin.patchReported({ [`k${at}`]: "x".repeat(4094) });
    expect(() => twin.patchReported({ more: 1 })).toThrow("the limit is 32768");
    twin.patchReported({ k0: null });
    twin.patchReported({ more: 1 });
  });

  it("refuses a conditional write to another version", () => {
    const { twin } = withTwin();
    twin.patchReported({ a: 1 }, 1);
    expect(() => twin.patchReported({ a: 2 }, 1)).toThrow(
      expect.objectContaining({ statusCode: 412, errorCode: 412001 }),
    );
    expect(twin.reported.value).toEqual({ a: 1 });
  });

  it("shows a device no tags and no metadata", () => {
    const { twin } = withTwin();
    twin.patchTags({ room: 1 });
    twin.patchDesired({ a: 1 });
    expect(twin.deviceView()).toEqual({ desired: { a: 1, $version: 2 }, reported: { $version: 1 } });
  });
});

// Small documents over few keys, so that patches meet what is there.
const keys = fc.constantFrom("a", "b", "c", "__proto__", "constructor");
const documents: fc.Arbitrary<JsonObject> = fc.letrec<{ node: unknown; document: JsonObject }>((tie) => ({
  node: fc.oneof(fc.constant(null), fc.integer({ min: -9, max: 9 }), fc.array(fc.boolean()), tie("document")),
  document: fc
    .array(fc.tuple(keys, tie("node")), { maxLength: 4 })
    .map((entries) => Object.fromEntries(entries)),
})).document;

/** RFC 7396 as it stands there, on maps. */
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

describe("twin merge, for any patches", () => {
  it("does what RFC 7396 says", () => {
    fc.assert(
      fc.property(fc.array(documents, { maxLength: 6 }), (patches) => {
        const { twin } = withTwin();
        let expected: unknown = {};
        for (const patch of patches) {
          twin.patchReported(patch);
          expected = model(expected, patch);
        }
        expect(JSON.stringify(twin.reported.value)).toBe(JSON.stringify(expected));
        expect(twin.reported.version).toBe(1 + patches.length);
        expect(Object.getPrototypeOf({}).polluted).toBeUndefined();
      }),
    );
  });

  it("leaves metadata for exactly the keys that are there", () => {
    fc.assert(
      fc.property(fc.array(documents, { maxLength: 5 }), (patches) => {
        const { twin } = withTwin();
        for (const patch of patches) twin.patchDesired(patch);
        expect(keysOf(twin.desired.metadata)).toEqual(keysOf(twin.desired.value));
      }),
    );
  });

  it("changes nothing when a patch comes twice", () => {
    fc.assert(
      fc.property(documents, documents, (first, second) => {
        const { twin } = withTwin();
        twin.patchReported(first);
        twin.patchReported(second);
        const once = JSON.stringify(twin.reported.value);
        twin.patchReported(second);
        expect(JSON.stringify(twin.reported.value)).toBe(once);
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
