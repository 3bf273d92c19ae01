import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromJson, toJson } from "./json-value.ts";

const plain = fc.letrec((tie) => ({
  value: fc.oneof(
    fc.constantFrom(null, true, 0, 1.5, "", "$bytes"),
    fc.string(),
    fc.uint8Array({ maxLength: 8 }),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom("a", "$bytes", "$object", "__proto__"), tie("value")),
  ),
})).value;

describe("a plain value", () => {
  it("survives JSON, whatever its keys are", () => {
    fc.assert(
      fc.property(plain, (value) => {
        const json: unknown = JSON.parse(JSON.stringify(toJson(value)));
        const entriesOf = (_key: string, item: unknown): unknown =>
          item instanceof Uint8Array ? `bytes ${item.join()}` : item;
        expect(JSON.stringify(fromJson(json), entriesOf)).toBe(JSON.stringify(value, entriesOf));
      }),
    );
  });

  it("has bytes as base64, and leaves out what is undefined", () => {
    expect(toJson({ body: Uint8Array.of(1, 2), none: undefined })).toEqual({ body: { $bytes: "AQI=" } });
  });

  it.each([
    ["a function", () => {}, "function"],
    ["a map", { map: new Map() }, "an instance of Map"],
    ["a date", [new Date()], "an instance of Date"],
    ["an infinite number", Number.POSITIVE_INFINITY, "Infinity"],
    ["undefined in an array", [undefined], "undefined"],
  ])("isn't %s", (_kind, value, kind) => {
    expect(() => toJson(value)).toThrow(new TypeError(`a stored value must be plain, got ${kind}`));
  });
});
