import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HubError } from "../hub-error.ts";
import { checkPatch, checkSize, sizeOf } from "./twin-rules.ts";

function refusal(patch: unknown): unknown {
  try {
    checkPatch(patch, "reported");
    return undefined;
  } catch (error) {
    return error;
  }
}

function nested(levels: number, leaf: unknown): unknown {
  return levels === 0 ? leaf : { n: nested(levels - 1, leaf) };
}

describe("twin patches", () => {
  it.each([
    ["a string of 4 KB", { a: "x".repeat(4096) }],
    ["a key of 1 KB", { ["k".repeat(1024)]: 1 }],
    ["the smallest integer", { a: -4503599627370496 }],
    ["the largest integer", { a: 4503599627370495 }],
    ["a fraction", { a: -0.5e-300 }],
    ["null, booleans, lists", { a: null, b: true, c: [1, "x", ["y"], { d: false }] }],
    ["ten levels", nested(10, { leaf: 1 })],
    ["the largest numbers", { a: 1e308, b: -1.7976931348623157e308, c: 1e21 }],
    ["null inside objects", { a: { b: { c: null } } }],
    ["nothing", {}],
    ["unicode", { "ключ😀": "значение" }],
    ["a key named __proto__", JSON.parse('{"__proto__":{"a":1}}')],
  ])("can contain %s", (_case, patch) => {
    expect(refusal(patch)).toBeUndefined();
  });

  it.each([
    ["a value other than an object", [1], "must be a JSON object"],
    ["a value other than an object", null, "must be a JSON object"],
    ["a value other than an object", "x", "must be a JSON object"],
    ["a string over 4 KB", { a: { b: "x".repeat(4097) } }, "'reported.a.b' must be up to 4096 bytes long"],
    ["a string over 4 KB of UTF-8", { a: "é".repeat(2049) }, "must be up to 4096 bytes long"],
    ["a key over 1 KB", { ["k".repeat(1025)]: 1 }, "must be up to 1024 bytes long"],
    ["an empty key", { "": 1 }, "must not be empty"],
    ["a key with a dot", { "a.b": 1 }, "'a.b'"],
    ["a key with a space", { a: { "b c": 1 } }, "'b c' in 'reported.a'"],
    ["a key with a dollar", { a: { $b: 1 } }, "'$b'"],
    ["a control character", { "a\u0001": 1 }, "control character"],
    ["a C1 control character", { "a\u0085": 1 }, "control character"],
    ["an integer too large", { a: 4503599627370496 }, "must be within"],
    ["an integer too small", { a: -4503599627370497 }, "must be within"],
    ["an integer without an exponent", { a: 1e20 }, "must be within"],
    ["null in a list", { a: { b: [1, null] } }, "'reported.a.b[1]' in an array must not be null"],
    ["null in a list in a list", { a: [[null]] }, "'reported.a[0][0]'"],
    ["null in an object in a list", { a: [{ b: null }] }, "'reported.a[0].b'"],
    ["eleven levels", nested(11, { leaf: 1 }), "must be up to 10 levels deep"],
    ["a bad key in a list", { a: [{ "x.y": 1 }] }, "'reported.a[0]'"],
    ["a deep list", { a: nested(10, [1]) }, "must be up to 10 levels deep"],
  ])("can't contain %s (%#)", (_case, patch, message) => {
    const error = refusal(patch);
    expect(error).toBeInstanceOf(HubError);
    expect(error).toMatchObject({
      statusCode: 400,
      errorCode: 400004,
      message: expect.stringContaining(message),
    });
  });

  it("lose the version and metadata that a sender echoes, but only at the top level", () => {
    expect(checkPatch({ a: 1, $version: 4, $metadata: {} }, "desired")).toEqual({ a: 1 });
    expect(refusal({ a: { $version: 1 } })).toBeInstanceOf(HubError);
    expect(refusal({ $other: 1 })).toBeInstanceOf(HubError);
  });
});

describe("section sizes", () => {
  it("count strings, numbers, booleans, keys and contents", () => {
    expect(sizeOf({ ab: "cd", n: 1, t: true, z: null, o: { k: [1, "é"] } })).toBe(
      4 + 9 + 5 + 1 + (1 + 1 + 8 + 2),
    );
  });

  it.each([
    ["tags", 8192],
    ["desired", 32_768],
    ["reported", 32_768],
  ] as const)("are limited: %s", (section, limit) => {
    // Keys of two bytes and values of 4094: 4096 each.
    const full = Object.fromEntries(
      Array.from({ length: limit / 4096 }, (_, at) => [String(10 + at), "x".repeat(4094)]),
    );
    expect(() => checkSize(section, full)).not.toThrow();
    expect(() => checkSize(section, { ...full, x: null })).toThrow(
      `must be up to ${limit} bytes, got ${limit + 1}`,
    );
  });

  it("are sums of the sizes of the parts", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        expect(sizeOf({ a, b })).toBe(sizeOf({ a }) + sizeOf({ b }));
      }),
    );
  });
});
