import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromUtf8, utf8, utf8Length } from "./text.ts";

describe("utf8Length", () => {
  it("is the number of bytes that TextEncoder produces, for any string", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(utf8Length(text)).toBe(new TextEncoder().encode(text).length);
      }),
    );
  });

  it("counts a lone surrogate as the three bytes that replace it", () => {
    const unit = fc.oneof(
      fc.integer({ min: 0xd7f0, max: 0xe00f }),
      fc.constantFrom(0x41, 0x7f, 0x80, 0x7ff, 0x800, 0xffff),
    );
    fc.assert(
      fc.property(fc.array(unit), (units) => {
        const text = String.fromCharCode(...units);
        expect(utf8Length(text)).toBe(new TextEncoder().encode(text).length);
      }),
    );
  });
});

describe("utf8 and fromUtf8", () => {
  it("restore any string, including a byte order mark", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(fromUtf8(utf8(text))).toBe(text);
      }),
    );
    expect(fromUtf8(utf8("\ufeffa"))).toBe("\ufeffa");
  });

  it("reject bytes that aren't UTF-8", () => {
    expect(() => fromUtf8(Uint8Array.of(0xff))).toThrow(TypeError);
    expect(() => fromUtf8(Uint8Array.of(0xed, 0xa0, 0x80))).toThrow(TypeError);
  });
});
