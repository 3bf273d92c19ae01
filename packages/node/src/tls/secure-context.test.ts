import { describe, expect, it } from "vitest";
import { secureContextFor } from "./secure-context.ts";

const transit = {
  serverVerificationCert: undefined,
  cipher: undefined,
  clientCertificate: undefined,
  proxy: undefined,
};

describe("the TLS context", () => {
  it("is shared by connections with the same trust and ciphers", () => {
    expect(secureContextFor({ ...transit })).toBe(secureContextFor({ ...transit }));
    const ciphered = { ...transit, cipher: "ECDHE-ECDSA-AES128-GCM-SHA256" };
    expect(secureContextFor(ciphered)).toBe(secureContextFor({ ...ciphered }));
    expect(secureContextFor(ciphered)).not.toBe(secureContextFor(transit));
    expect(secureContextFor(transit, "added")).not.toBe(secureContextFor(transit));
  });

  it("rejects a cipher that OpenSSL doesn't know, and names the option", () => {
    expect(() => secureContextFor({ ...transit, cipher: "NO-SUCH-CIPHER" })).toThrow(
      expect.objectContaining({
        name: "ArgumentError",
        code: "invalid_argument",
        message: expect.stringContaining("cipher"),
      }),
    );
  });
});
