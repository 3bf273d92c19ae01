import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeAnyBase64, decodeBase64, encodeBase64 } from "./base64.ts";

describe("base64", () => {
  it("encodes as RFC 4648 section 10 shows", () => {
    const encoded = ["", "f", "fo", "foo", "foob", "fooba", "foobar"].map((text) =>
      encodeBase64(new TextEncoder().encode(text)),
    );
    expect(encoded).toEqual(["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"]);
  });

  it("decodes to the same bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(decodeBase64(encodeBase64(bytes))).toEqual(bytes);
      }),
    );
  });

  it("encodes more bytes than a function takes arguments", () => {
    const bytes = Uint8Array.from({ length: 300_001 }, (_, at) => at % 251);
    expect(encodeBase64(bytes)).toBe(Buffer.from(bytes).toString("base64"));
  });

  it("encodes what Buffer does", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(encodeBase64(bytes)).toBe(Buffer.from(bytes).toString("base64"));
      }),
    );
  });

  it("rejects anything but standard base64 with padding", () => {
    for (const text of ["abc", "a", "ab=", "ab", "abcd=", "=abc", "ab==cd", "ab-_", "YW Jj", "YWJj\n", "é"])
      expect(decodeBase64(text)).toBeUndefined();
  });
});

describe("decodeAnyBase64", () => {
  it("decodes base64 and base64url, with all, a part or none of the padding", () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.nat({ max: 2 }), (bytes, lost) => {
        const padded = encodeBase64(bytes);
        const text = padded.slice(0, padded.length - Math.min(lost, /=*$/.exec(padded)?.[0].length ?? 0));
        expect(decodeAnyBase64(text)).toEqual(bytes);
        expect(decodeAnyBase64(text.replaceAll("+", "-").replaceAll("/", "_"))).toEqual(bytes);
      }),
    );
  });

  it("rejects anything else", () => {
    for (const text of [
      "a",
      "abcde",
      "=",
      "a2V5=",
      "abc==",
      "ab===",
      "ab=c",
      "=abc",
      "YW Jj",
      "YWJj\n",
      "é",
      "a.b",
    ])
      expect(decodeAnyBase64(text)).toBeUndefined();
  });
});
