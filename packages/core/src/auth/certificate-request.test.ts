import { describe, expect, it } from "vitest";
import { ArgumentError } from "../errors.ts";
import { CertificateRequest, makeCertificateRequest, type Pkcs10Library } from "./certificate-request.ts";

/** A library that writes down what it is asked for. */
function library(asked: unknown[] = []): () => Promise<Pkcs10Library> {
  return async () => ({
    Pkcs10CertificateRequestGenerator: {
      async create(parameters) {
        asked.push(parameters);
        return { rawData: new Uint8Array([1, 2, 3]).buffer };
      },
    },
  });
}

describe("a certificate request", () => {
  it("is for a key of P-384 and the registration id, whatever characters that has", async () => {
    const asked: unknown[] = [];
    const made = await makeCertificateRequest("a:b.c_d-1", library(asked), "");
    expect(made.csr).toBe("AQID");
    expect(asked).toMatchObject([
      {
        name: [{ CN: ["a:b.c_d-1"] }],
        keys: { privateKey: { algorithm: { name: "ECDSA", namedCurve: "P-384" } } },
        signingAlgorithm: { name: "ECDSA", hash: "SHA-384" },
      },
    ]);
    expect(made.privateKey).toMatch(/^-----BEGIN PRIVATE KEY-----\n[\s\S]*\n-----END PRIVATE KEY-----\n$/);
  });

  it("does not show its key by itself", async () => {
    const made = await makeCertificateRequest("a", library(), "");
    expect(Object.keys(made)).toEqual(["csr"]);
    expect(JSON.stringify(made)).not.toContain("PRIVATE KEY");
  });

  it("becomes a certificate with the chain that was issued for it", () => {
    const made = new CertificateRequest("AQID", "the key");
    const der = "A".repeat(65);
    const { certificateFile, keyFile } = made.x509([der, "BBBB"]);
    expect(certificateFile).toBe(
      `-----BEGIN CERTIFICATE-----\n${"A".repeat(64)}\nA\n-----END CERTIFICATE-----\n-----BEGIN CERTIFICATE-----\nBBBB\n-----END CERTIFICATE-----\n`,
    );
    expect(keyFile).toBe("the key");
    for (const none of [undefined, []]) expect(() => made.x509(none)).toThrow(ArgumentError);
  });

  it("is refused for what cannot be a registration id, before anything is loaded", async () => {
    const load = (): never => {
      throw new Error("loaded");
    };
    await expect(makeCertificateRequest("a b", load, "")).rejects.toMatchObject({ code: "invalid_argument" });
  });
});
