import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeBase64, encodeBase64 } from "./base64.ts";

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
