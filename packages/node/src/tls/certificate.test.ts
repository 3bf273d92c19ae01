import { readFileSync } from "node:fs";
import { X509 } from "@isohub/core";
import { describe, expect, it } from "vitest";
import { loadCertificate } from "./certificate.ts";

const bytes = (name: string): Buffer =>
  readFileSync(new URL(`../../../core/testdata/certificates/${name}`, import.meta.url));
const file = (name: string): string => bytes(name).toString();
const [ca, intermediate, leaf] = ["ca.pem", "intermediate.pem", "chained.pem"].map(file) as [
  string,
  string,
  string,
];
const now = Date.parse("2026-01-01");

/** Returns the error for a certificate that is rejected, without its stack. */
function rejectionOf(...parts: ConstructorParameters<typeof X509>): unknown {
  try {
    loadCertificate(new X509(...parts), now);
  } catch (error) {
    return error;
  }
  throw new Error("It was accepted");
}

describe("a client certificate", () => {
  it.each([
    ["the leaf first", leaf + intermediate + ca],
    ["the leaf last", ca + intermediate + leaf],
    ["the leaf in the middle", intermediate + leaf + ca],
    ["the intermediate last", leaf + ca + intermediate],
  ])("is sent in the order of its chain: %s", (_, chain) => {
    expect(loadCertificate(new X509(chain, file("chained.key")), now).cert).toBe(leaf + intermediate + ca);
  });

  it("is sent with certificates that aren't part of its chain behind it", () => {
    const others = file("other-ca.pem");
    expect(loadCertificate(new X509(others + intermediate + leaf, file("chained.key")), now).cert).toBe(
      leaf + intermediate + others,
    );
  });

  it.each<[string, (pem: string) => string | Uint8Array]>([
    ["as bytes in UTF-16", (pem) => Buffer.from(`\ufeff${pem}`, "utf16le")],
    ["as an ArrayBuffer", (pem) => new TextEncoder().encode(pem).buffer as unknown as Uint8Array],
    ["with an empty line after each line", (pem) => pem.replaceAll("\n", "\n\n")],
    ["with the line breaks of a wrong conversion", (pem) => pem.replaceAll("\n", "\r\r\n")],
  ])("is read %s", (_, write) => {
    const { cert, key } = loadCertificate(new X509(write(leaf), write(file("chained.key"))), now);
    expect([cert, key]).toEqual([leaf, file("chained.key")]);
  });

  it("is read with a key whose headers need the empty line below them", () => {
    const x509 = new X509(file("rsa.pem"), file("encrypted-rsa.key"), "secret");
    expect(loadCertificate(x509, now).key).toBe(file("encrypted-rsa.key"));
  });

  it("is rejected with the command to use if its key is encrypted with a cipher that OpenSSL no longer has", () => {
    expect(rejectionOf(file("device.pem"), file("legacy.key"), "secret")).toMatchObject({
      code: "invalid_certificate",
      message: "keyFile must be encrypted with a cipher that OpenSSL supports",
      remediation: expect.stringContaining("openssl pkcs8 -topk8 -provider default -provider legacy"),
    });
  });

  it.each<[string, string | Uint8Array, string]>([
    ["DER bytes", bytes("device-key.der"), "openssl pkey -inform der"],
    ["DER that was read as text", file("device-key.der"), "openssl pkey -inform der"],
    ["PEM in quotes", `'${file("device.key")}'`, "Remove the quotes"],
    ["a block without its BEGIN line", file("device.key").replace("BEGIN", "begin"), "Copy the whole file"],
  ])("is rejected with the way out if its key is %s", (_, key, remediation) => {
    expect(rejectionOf(file("device.pem"), key)).toMatchObject({
      code: "invalid_certificate",
      remediation: expect.stringContaining(remediation),
    });
  });
});
