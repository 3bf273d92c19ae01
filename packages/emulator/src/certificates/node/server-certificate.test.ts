import { createPrivateKey, X509Certificate } from "node:crypto";
import { describe, expect, it } from "vitest";
import { makeAuthority, makeServerCertificates, type ServerCertificates } from "./server-certificate.ts";

async function made(names: string[]): Promise<ServerCertificates & { ca: string }> {
  const issuer = await makeAuthority();
  return { ca: issuer.cert, ...(await makeServerCertificates(issuer, names)) };
}

describe("server certificates", () => {
  it("are for servers, signed by an authority, and valid for every name and address", async () => {
    const { ca, cert, key } = await made(["hub.test", "127.0.0.1", "::1", "hub.test"]);
    const [authority, server] = [new X509Certificate(ca), new X509Certificate(cert)];
    expect(authority.ca).toBe(true);
    expect(authority.verify(authority.publicKey)).toBe(true);
    expect(server.ca).toBe(false);
    expect(server.verify(authority.publicKey)).toBe(true);
    expect(server.checkIssued(authority)).toBe(true);
    expect(server.checkPrivateKey(createPrivateKey(key))).toBe(true);
    expect(server.subject).toBe("CN=hub.test");
    expect(server.subjectAltName).toBe("DNS:hub.test, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1");
    expect(server.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
    const now = Date.now();
    for (const one of [authority, server]) {
      expect(Date.parse(one.validFrom)).toBeLessThan(now);
      expect(Date.parse(one.validTo)).toBeGreaterThan(now + 300 * 86_400_000);
      expect(one.serialNumber).toMatch(/^[4-7][0-9A-F]{31}$/);
    }
  });

  it("differ each time", async () => {
    const [one, two] = [await made(["a"]), await made(["a"])];
    expect(one.ca).not.toBe(two.ca);
    expect(new X509Certificate(two.cert).verify(new X509Certificate(one.ca).publicKey)).toBe(false);
  });
});
