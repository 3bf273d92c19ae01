import { createPrivateKey, X509Certificate } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createCertificate, createCertificateAuthority } from "./client-certificate.ts";

describe("client certificates", () => {
  it("are self-signed, for clients, with both hashes", async () => {
    const { cert, key, thumbprint, sha1Thumbprint } = await createCertificate("d,e=v+i#c;e");
    const parsed = new X509Certificate(cert);
    expect(parsed.toLegacyObject().subject.CN).toBe("d,e=v+i#c;e");
    expect(parsed.verify(parsed.publicKey)).toBe(true);
    expect(parsed.ca).toBe(false);
    expect(parsed.keyUsage).toEqual(["1.3.6.1.5.5.7.3.2"]);
    expect(parsed.checkPrivateKey(createPrivateKey(key))).toBe(true);
    expect(parsed.fingerprint256.replaceAll(":", "")).toBe(thumbprint);
    expect(parsed.fingerprint.replaceAll(":", "")).toBe(sha1Thumbprint);
    expect(cert.match(/BEGIN CERTIFICATE/g)).toHaveLength(1);
  });

  it("are signed by authorities, and include the intermediate ones", async () => {
    const root = await createCertificateAuthority();
    const middle = await createCertificateAuthority("middle", { ca: root });
    const low = await createCertificateAuthority("low", { ca: middle });
    const direct = await createCertificate("d", { ca: root });
    expect(direct.cert.match(/BEGIN CERTIFICATE/g)).toHaveLength(1);
    expect(new X509Certificate(direct.cert).checkIssued(new X509Certificate(root.cert))).toBe(true);
    const { cert } = await createCertificate("d", { ca: low });
    const chain = cert.split(/(?<=-----END CERTIFICATE-----\n)/).map((pem) => new X509Certificate(pem));
    expect(chain.map(({ subject }) => subject)).toEqual(["CN=d", "CN=low", "CN=middle"]);
    const issuers = [...chain.slice(1), new X509Certificate(root.cert)];
    for (const [at, one] of chain.entries()) {
      const issuer = issuers[at];
      expect(issuer?.ca).toBe(true);
      expect(issuer !== undefined && one.checkIssued(issuer) && one.verify(issuer.publicKey)).toBe(true);
    }
  });

  it("are valid between the given dates", async () => {
    const dates = { notBefore: new Date("2020-01-01T00:00:00Z"), notAfter: new Date("2050-06-01T12:00:00Z") };
    for (const { cert } of [
      await createCertificate("d", dates),
      await createCertificateAuthority("c", dates),
    ]) {
      const { validFrom, validTo } = new X509Certificate(cert);
      expect(Date.parse(validFrom)).toBe(dates.notBefore.getTime());
      expect(Date.parse(validTo)).toBe(dates.notAfter.getTime());
    }
  });
});
