import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isJsonObject, type JsonObject } from "../util/json.ts";
import { applyPatch, diffDocuments } from "./twin-patch.ts";

// Few keys, so that documents share some; JSON.parse can create __proto__.
const key = fc.constantFrom("a", "b", "c", "d", "__proto__", "constructor", "");
const { document } = fc.letrec<{ document: JsonObject; value: unknown; list: unknown[] }>((tie) => ({
  document: fc
    .array(fc.tuple(key, tie("value")), { maxLength: 5 })
    .map((entries) => Object.fromEntries(entries)),
  list: fc.array(tie("value"), { maxLength: 3 }),
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom(0, 1, 2, "", "x", true, false),
    tie("list"),
    tie("document"),
  ),
}));

/** A document in a form that compares __proto__ keys too, and ignores the order of keys. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const parts = Object.entries(value).map(([name, item]) => `${JSON.stringify(name)}:${canonical(item)}`);
  return `{${parts.sort().join()}}`;
}

describe("diffDocuments and applyPatch", () => {
  it("the difference between any two documents turns one into the other", () => {
    fc.assert(
      fc.property(document, document, (before, after) => {
        const difference = diffDocuments(before, after) ?? {};
        expect(canonical(applyPatch(before, difference))).toBe(canonical(after));
      }),
      { numRuns: 1000 },
    );
  });

  it("there is a difference unless documents are equal", () => {
    fc.assert(
      fc.property(document, document, (one, other) => {
        expect(diffDocuments(one, structuredClone(one))).toBeUndefined();
        expect(diffDocuments(one, other) === undefined).toBe(canonical(one) === canonical(other));
      }),
      { numRuns: 500 },
    );
  });

  it("the difference is as small as possible", () => {
    const before = { same: 1, nested: { same: [1], other: 2, gone: 3 }, gone: { deep: 1 } };
    const after = { same: 1, nested: { same: [1], other: 3, come: 4 }, come: true };
    expect(diffDocuments(before, after)).toEqual({
      nested: { other: 3, come: 4, gone: null },
      come: true,
      gone: null,
    });
  });

  it("neither changes its arguments", () => {
    fc.assert(
      fc.property(document, document, (one, other) => {
        const before = [canonical(one), canonical(other)];
        applyPatch(one, other);
        diffDocuments(one, other);
        expect([canonical(one), canonical(other)]).toEqual(before);
      }),
    );
  });
});

describe("applyPatch", () => {
  it("merges objects, deletes with null, replaces everything else", () => {
    const start = { keep: 1, change: 1, go: 1, inner: { keep: 1, go: 1 } };
    expect(
      applyPatch(start, { change: "x", go: null, inner: { go: null, come: [1] }, missing: null }),
    ).toEqual({
      keep: 1,
      change: "x",
      inner: { keep: 1, come: [1] },
    });
  });

  it("replaces arrays entirely, and an object by a scalar and back", () => {
    expect(applyPatch({ list: [1, 2, 3] }, { list: [4] })).toEqual({ list: [4] });
    expect(applyPatch({ list: [{ a: 1 }] }, { list: [{ b: 2 }] })).toEqual({ list: [{ b: 2 }] });
    expect(applyPatch({ a: { b: 1 } }, { a: 5 })).toEqual({ a: 5 });
    expect(applyPatch({ a: 5 }, { a: { b: 1 } })).toEqual({ a: { b: 1 } });
    expect(applyPatch({ a: [1] }, { a: { b: 1 } })).toEqual({ a: { b: 1 } });
  });

  it("leaves no null of a nested patch in a new object", () => {
    expect(applyPatch({}, { a: { b: null, c: { d: null } } })).toEqual({ a: { c: {} } });
  });

  it("treats __proto__ like any other key: no prototype changes", () => {
    const patch = JSON.parse(
      '{"__proto__":{"polluted":true},"a":{"__proto__":{"polluted":true}}}',
    ) as JsonObject;
    const result = applyPatch({ a: {} }, patch);
    expect(JSON.stringify(result)).toBe(
      '{"a":{"__proto__":{"polluted":true}},"__proto__":{"polluted":true}}',
    );
    expect(Object.getPrototypeOf(result)).toBe(Object.prototype);
    expect(Reflect.get({}, "polluted")).toBeUndefined();
    const removed = applyPatch(result, JSON.parse('{"__proto__":null}') as JsonObject);
    expect(JSON.stringify(removed)).toBe('{"a":{"__proto__":{"polluted":true}}}');
  });
});
