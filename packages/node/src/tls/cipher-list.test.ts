import { describe, expect, it } from "vitest";
import { readCipherList } from "./cipher-list.ts";

describe("a cipher list", () => {
  it.each([
    ["HIGH:!kRSA", "HIGH:!kRSA"],
    ["HIGH:!aNULL:!MD5:!RC4:!3DES", "HIGH:!aNULL:!MD5:!RC4:!3DES"],
    ["ECDHE+AESGCM:DHE+AESGCM", "ECDHE+AESGCM:DHE+AESGCM"],
    ["DEFAULT@SECLEVEL=2", "DEFAULT@SECLEVEL=2"],
    ["HIGH:@STRENGTH", "HIGH:@STRENGTH"],
    ["HIGH:+AES128:-SHA1", "HIGH:+AES128:-SHA1"],
    ["ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256"],
    ["HIGH:!DES-CBC3-SHA", "HIGH:!DES-CBC3-SHA"],
    ["AES128-SHA:DHE-DSS-AES256-SHA", "AES128-SHA:DHE-DSS-AES256-SHA"],
  ])("goes to OpenSSL as it is: %s", (list, expected) => {
    expect(readCipherList(list)).toBe(expected);
  });

  it.each([
    [
      "TLS_AES_256_GCM_SHA384:ECDHE-RSA-AES256-GCM-SHA384",
      "TLS_AES_256_GCM_SHA384:ECDHE-RSA-AES256-GCM-SHA384",
    ],
    ["TLS_CHACHA20_POLY1305_SHA256", "TLS_CHACHA20_POLY1305_SHA256"],
    ["tls_aes_128_gcm_sha256", "TLS_AES_128_GCM_SHA256"],
  ])("may name suites of TLS 1.3: %s", (list, expected) => {
    expect(readCipherList(list)).toBe(expected);
  });

  it.each([
    ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256"],
    ["TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384"],
    ["TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-RSA-CHACHA20-POLY1305"],
    ["TLS_DHE_RSA_WITH_AES_256_CBC_SHA256", "DHE-RSA-AES256-SHA256"],
    ["TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "ECDHE-ECDSA-AES128-SHA"],
    ["TLS_RSA_WITH_AES_128_GCM_SHA256", "AES128-GCM-SHA256"],
    ["HIGH:!TLS_RSA_WITH_AES_256_CBC_SHA", "HIGH:!AES256-SHA"],
  ])("may have IANA's names, which are translated: %s", (list, expected) => {
    expect(readCipherList(list)).toBe(expected);
  });

  it.each([
    ["ecdhe_rsa_aes128_gcm_sha256", "ECDHE-RSA-AES128-GCM-SHA256"],
    ["ECDHE_RSA_AES128:aes256_sha", "ECDHE-RSA-AES128:AES256-SHA"],
    ["ECDHE-RSA-AES128-GCM-SHA256, AES256-SHA", "ECDHE-RSA-AES128-GCM-SHA256:AES256-SHA"],
  ])("may have the spellings that Python's SDK accepts: %s", (list, expected) => {
    expect(readCipherList(list)).toBe(expected);
  });

  // OpenSSL ignores each of these as long as another part of the list selects a suite.
  it.each([
    ["HIGH:!KRSA", "!KRSA"],
    ["HIGH:!krsa", "!krsa"],
    ["HIGH:!kRSAA", "!kRSAA"],
    ["high", "high"],
    ["ECDHE+AESGCM+NOTHING", "ECDHE+AESGCM+NOTHING"],
    ["HIGH:!TLS_AES_128_GCM_SHA256", "!TLS_AES_128_GCM_SHA256"],
    ["TLS_AES_256_GCM_SHA384:TLS_NO_SUCH_SUITE", "TLS_NO_SUCH_SUITE"],
    ["HIGH:TLS_KRB5_WITH_RC4_128_SHA", "TLS_KRB5_WITH_RC4_128_SHA"],
    ["HIGH@SECLEVEL=high", "HIGH@SECLEVEL=high"],
  ])("is rejected for a part that OpenSSL would ignore: %s", (list, part) => {
    expect(() => readCipherList(list)).toThrow(
      expect.objectContaining({
        name: "ArgumentError",
        code: "invalid_argument",
        message: `cipher must be a list of OpenSSL keywords and names of cipher suites that can be applied, got '${part}'`,
      }),
    );
  });

  it.each(["NO-SUCH-CIPHER", "!kRSA", "DES-CBC3-SHA", ":"])(
    "is rejected if it selects nothing: %s",
    (list) => {
      expect(() => readCipherList(list)).toThrow(
        expect.objectContaining({
          code: "invalid_argument",
          message: expect.stringMatching(/^cipher must be a cipher list that selects at least one suite/),
        }),
      );
    },
  );
});
