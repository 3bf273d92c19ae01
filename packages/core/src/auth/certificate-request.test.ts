import { describe, expect, it } from "vitest";
import { ArgumentError } from "../errors.ts";
import {
  CertificateRequest,
  type CreateCertificateRequest,
  certificateRequestsWith,
  type Pkcs10Library,
} from "./certificate-request.ts";

const install = "npm install them";

/** A function that creates requests with a library that records its calls. */
function requestsWith(asked: unknown[] = []): CreateCertificateRequest {
  const x509 = async (): Promise<Pkcs10Library> => ({
    Pkcs10CertificateRequestGenerator: {
      async create(parameters) {
        asked.push(parameters);
        return { rawData: new Uint8Array([1, 2, 3]).buffer };
      },
    },
  });
  return certificateRequestsWith({ reflectMetadata: async () => {}, x509, install });
}

describe("a certificate request", () => {
  it("has a P-384 key and the registration id as its common name", async () => {
    const asked: unknown[] = [];
    const made = await requestsWith(asked)("a:b.c_d-1");
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

  it("keeps its key out of dumps", async () => {
    const made = await requestsWith()("a");
    expect(Object.keys(made)).toEqual(["csr"]);
    expect(JSON.stringify(made)).not.toContain("PRIVATE KEY");
  });

  it("makes an X509 of the certificate chain issued for it", () => {
    const made = new CertificateRequest("AQID", "the key");
    const der = "A".repeat(65);
    const { certificateFile, keyFile } = made.x509([der, "BBBB"]);
    expect(certificateFile).toBe(
      `-----BEGIN CERTIFICATE-----\n${"A".repeat(64)}\nA\n-----END CERTIFICATE-----\n-----BEGIN CERTIFICATE-----\nBBBB\n-----END CERTIFICATE-----\n`,
    );
    expect(keyFile).toBe("the key");
    for (const none of [undefined, []]) expect(() => made.x509(none)).toThrow(ArgumentError);
  });

  it("rejects an invalid registration id before it loads anything", async () => {
    const load = (): never => {
      throw new Error("loaded");
    };
    const request = certificateRequestsWith({ reflectMetadata: load, x509: load, install });
    await expect(request("a b")).rejects.toMatchObject({ code: "invalid_argument" });
  });

  it("without its libraries rejects with the command that installs them", async () => {
    const missing = Promise.reject(new Error("Cannot find package"));
    missing.catch(() => {});
    const request = certificateRequestsWith({
      reflectMetadata: () => missing,
      x509: () => missing as never,
      install,
    });
    await expect(request("a")).rejects.toMatchObject({ code: "package_missing", remediation: install });
  });
});
