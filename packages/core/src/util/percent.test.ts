import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodePercent, encodePercent } from "./percent.ts";

const anyText = fc.string({ unit: "binary" });

describe("encodePercent", () => {
  it("produces only A-Z a-z 0-9 _ . ~ - and upper-case escapes, for any string", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(encodePercent(text)).toMatch(/^(?:[A-Za-z0-9_.~-]|%[0-9A-F]{2})*$/);
      }),
    );
  });

  it("escapes what encodeURIComponent doesn't: ! ' ( ) *", () => {
    expect(encodePercent("!'()*")).toBe("%21%27%28%29%2A");
    expect(encodePercent("AZaz09_.~-")).toBe("AZaz09_.~-");
  });

  it("is reversed by decodePercent, for any string", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(decodePercent(encodePercent(text))).toBe(text);
      }),
    );
  });

  it("throws a URIError for half of a surrogate pair, which has no UTF-8 form", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0xd800, max: 0xdfff }), (unit) => {
        expect(() => encodePercent(`a${String.fromCharCode(unit)}`)).toThrow(URIError);
      }),
    );
  });
});

describe("decodePercent", () => {
  it("decodes upper-case and lower-case escapes and keeps a plus", () => {
    expect(decodePercent("%2f%2F+%c3%A9")).toBe("//+é");
  });

  it("returns invalid percent-encoding unchanged, so that no sender can make a string unreadable", () => {
    for (const text of ["100%", "%zz", "%E9", "%C3", "a%2", "%F0%9F%98"])
      expect(decodePercent(text)).toBe(text);
  });

  it("never throws, for any string", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("%", "2", "f", "C3", "a", "é") }), (text) => {
        expect(typeof decodePercent(text)).toBe("string");
      }),
    );
  });
});
