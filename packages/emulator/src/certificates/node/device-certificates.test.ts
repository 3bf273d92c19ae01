import { X509Certificate } from "node:crypto";
import { certificateRequestsWith } from "@isohub/core/csr";
import { describe, expect, it } from "vitest";
import { deviceCertificates } from "./device-certificates.ts";
import { makeAuthority } from "./server-certificate.ts";

const createCertificateRequest = certificateRequestsWith({
  reflectMetadata: () => import("reflect-metadata"),
  x509: () => import("@peculiar/x509"),
  install: "npm install @peculiar/x509 reflect-metadata",
});
const request = async (name: string): Promise<string> => (await createCertificateRequest(name)).csr;
const read = (der: string | undefined): X509Certificate =>
  new X509Certificate(Buffer.from(der ?? "", "base64"));

describe("device certificates", () => {
  it("are issued for the key of the request for a month, by an intermediate authority of the emulator", async () => {
    const root = await makeAuthority();
    const issue = deviceCertificates(root, () => Date.now());
    const made = await createCertificateRequest("Device-1");
    const { chain, thumbprint } = await issue(made.csr, "device-1");
    const [leaf, authority, top] = chain.map(read);
    expect(chain).toHaveLength(3);
    expect(leaf?.subject).toBe("CN=device-1");
    expect(leaf?.ca).toBe(false);
    expect(leaf?.fingerprint256.replaceAll(":", "")).toBe(thumbprint);
    expect(leaf?.verify((authority as X509Certificate).publicKey)).toBe(true);
    expect(authority?.checkIssued(top as X509Certificate)).toBe(true);
    expect(top?.fingerprint256).toBe(new X509Certificate(root.cert).fingerprint256);
    expect(leaf?.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: "secp384r1" });
    const { createPrivateKey } = await import("node:crypto");
    expect(leaf?.checkPrivateKey(createPrivateKey(made.privateKey))).toBe(true);
    const days = (Date.parse(leaf?.validTo ?? "") - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(29);
    expect(days).toBeLessThan(31);
    const again = await issue(await request("device-1"), "device-1");
    expect(again.chain.slice(1)).toEqual(chain.slice(1));
  });

  it("are not issued for a malformed request, a modified one, and one for another device", async () => {
    const issue = deviceCertificates(await makeAuthority(), () => Date.now());
    const good = await request("device-1");
    const bytes = Buffer.from(good, "base64");
    const last = bytes.length - 1;
    bytes[last] = (bytes[last] ?? 0) ^ 1;
    for (const [csr, name, rule] of [
      ["MIIB", "device-1", "must be base64 of a PKCS #10 request"],
      ["", "device-1", "must be base64 of a PKCS #10 request"],
      [good, "device-2", "must have the common name 'device-2', got 'device-1'"],
      [bytes.toString("base64"), "device-1", "must be signed with its own key"],
    ] as const) {
      await expect(issue(csr, name)).rejects.toMatchObject({
        name: "ArgumentInvalid",
        message: expect.stringContaining(rule),
      });
    }
  });

  it("are not issued for a key of another curve", async () => {
    const { Pkcs10CertificateRequestGenerator } = await import("@peculiar/x509");
    const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
    const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
    const made = await Pkcs10CertificateRequestGenerator.create({
      name: "CN=device-1",
      keys,
      signingAlgorithm: algorithm,
    });
    const issue = deviceCertificates(await makeAuthority(), () => Date.now());
    await expect(issue(made.toString("base64"), "device-1")).rejects.toThrow(
      "must have a P-384 key, got P-256",
    );
  });
});
