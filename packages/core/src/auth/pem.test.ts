import { describe, expect, it } from "vitest";
import { certificateFile as file } from "../../test/certificates.ts";
import { ArgumentError } from "../errors.ts";
import { readCertificates, readPrivateKey } from "./pem.ts";
import { readTrustedCertificates } from "./trusted-certificates.ts";

const text = (name: string): string => file(name).toString();
const source = { name: "serverVerificationCert" };

const ca = text("ca.pem");
const device = text("device.pem");
const key = text("device.key");

/** Returns the error for a rejected input, and checks that it contains nothing of it. */
function rejectionOf(run: () => unknown): ArgumentError {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(ArgumentError);
    const shown = `${error} ${JSON.stringify(error)} ${(error as ArgumentError).remediation}`;
    for (const secret of [key, device]) expect(shown).not.toContain(secret.slice(40, 60));
    return error as ArgumentError;
  }
  throw new Error("It was accepted");
}

const utf16 = (pem: string, littleEndian: boolean): Uint8Array => {
  const bytes = Buffer.from(`\ufeff${pem}`, "utf16le");
  return littleEndian ? bytes : bytes.swap16();
};
const escaped = (pem: string): string => pem.replaceAll("\n", "\\n");
const indented = (pem: string): string => pem.replaceAll(/^/gm, "    ");

describe("certificates", () => {
  it.each<[string, unknown, string[]]>([
    ["a PEM file", ca, [ca]],
    ["a Buffer", file("ca.pem"), [ca]],
    ["a Uint8Array", new Uint8Array(file("ca.pem")), [ca]],
    ["an ArrayBuffer", new Uint8Array(file("ca.pem")).buffer, [ca]],
    ["several in one file", ca + device, [ca, device]],
    ["a key in front of the certificate", key + device, [device]],
    ["the output of openssl pkcs12 -nodes", text("device-bag.pem"), [device, ca]],
    ["the output of openssl x509 -text", text("device-text.pem"), [device]],
    ["the lines of Windows", ca.replaceAll("\n", "\r\n"), [ca]],
    ["the lines of old Macs", ca.replaceAll("\n", "\r"), [ca]],
    ["spaces at the end of lines", ca.replaceAll("\n", " \t\n"), [ca]],
    ["a file that ends without a line break", ca.trimEnd(), [ca]],
    ["empty lines around", `\n\n${ca}\n\n${device}\n`, [ca, device]],
    ["comments around", `# our authority\n${ca}# end\n`, [ca]],
    ["words in front of a BEGIN", `see -----BEGIN CERTIFICATE-----\n${ca}`, [ca]],
    ["a byte order mark, in a string", `\ufeff${ca}`, [ca]],
    ["a byte order mark, in bytes", Buffer.from(`\ufeff${ca}`), [ca]],
    ["UTF-16, as Windows PowerShell writes it", utf16(ca, true), [ca]],
    ["UTF-16, big-endian", utf16(ca, false), [ca]],
    ["OpenSSL's old name for certificates", ca.replaceAll(" CERT", " X509 CERT"), [ca]],
  ])("are cut out of %s", (_, value, expected) => {
    expect(readCertificates(source, value)).toEqual(expected);
  });

  it.each<[string, unknown, string]>([
    ["the characters \\n for line breaks", escaped(ca), "block 1 (CERTIFICATE) on a single line"],
    ["no line breaks", ca.replaceAll("\n", " "), "block 1 (CERTIFICATE) without line breaks"],
    ["indented lines", indented(ca), "block 1 (CERTIFICATE) with indented lines"],
    ["indented lines after the first", indented(ca).trimStart(), "block 1 (CERTIFICATE) with indented lines"],
    ["a truncated certificate", ca.slice(0, 300), "block 1 (CERTIFICATE) that is truncated"],
    ["a truncated second certificate", ca + device.slice(0, 300), "block 2 (CERTIFICATE) that is truncated"],
    ["a truncated first certificate", ca.slice(0, 300) + device, "block 1 (CERTIFICATE) that is truncated"],
    [
      "a certificate without its last line",
      ca.replace(/\n.+\n(-+END)/, "\n$1"),
      "block 1 (CERTIFICATE) with ",
    ],
    ["other characters than base64", ca.replace("MII", "M…I"), "block 1 (CERTIFICATE) that isn't base64"],
    ["a certificate of zeros", "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----", "isn't DER"],
    ["another END", ca.replace("END CERT", "END X509 CERT"), "block 1 (CERTIFICATE) that is truncated"],
    ["only a key", key, "a block 'EC PRIVATE KEY'"],
    ["a path", "/etc/ssl/ca.pem", "text without PEM blocks"],
    ["an empty string", "", "an empty string"],
    ["an empty file", Buffer.alloc(0), "an empty string"],
    [
      "base64 without BEGIN",
      device.split("\n").slice(1, -2).join(""),
      "base64 without its BEGIN and END lines",
    ],
    ["an array", [ca, device], "an array"],
    ["a Promise", Promise.resolve(ca), "a Promise; await it first"],
    ["null", null, "null"],
    ["a number", 5, "number"],
  ])("are rejected if there is %s", (_, value, message) => {
    expect(rejectionOf(() => readCertificates(source, value))).toMatchObject({
      code: "invalid_argument",
      message: expect.stringMatching(/^serverVerificationCert must be a PEM certificate, got /),
    });
    expect(rejectionOf(() => readCertificates(source, value)).message).toContain(message);
  });

  it.each<[string, unknown, string]>([
    ["PKCS#12", file("device.pfx"), "openssl pkcs12 -in device.pfx"],
    [
      "PKCS#12 with a length of its end",
      Uint8Array.of(0x30, 0x80, 2, 1, 3, 0x30),
      "openssl pkcs12 -in device.pfx",
    ],
    ["PKCS#12 that was read as text", file("device.pfx").toString(), "openssl pkcs12 -in device.pfx"],
    [
      "PKCS#12 that was read as Latin-1",
      file("device.pfx").toString("latin1"),
      "openssl pkcs12 -in device.pfx",
    ],
    ["DER", file("device.der"), "openssl x509 -inform der"],
    ["a DER key", file("device-key.der"), "openssl pkey -inform der"],
    ["PKCS#7", text("device.p7b"), "openssl pkcs7 -print_certs"],
    ["a trusted certificate", text("device-trusted.pem"), "openssl x509 -in trusted.pem"],
    ["the base64 of PEM", Buffer.from(ca).toString("base64"), "Decode it first"],
    ["the characters \\n", escaped(ca), "text.replaceAll('\\\\n', '\\n')"],
  ])("of the format %s are rejected with the command that converts them", (_, value, command) => {
    expect(rejectionOf(() => readCertificates(source, value)).remediation).toContain(command);
  });

  it("are parsed one by one where the runtime can, so that the message names the one that can't be", () => {
    class X509Certificate {
      readonly subject = "";
      readonly issuer = "";
      readonly validFrom = "";
      readonly validTo = "";
      constructor(pem: string) {
        if (pem === device) throw new Error("asn1 encoding routines::wrong tag");
      }
      checkPrivateKey(): boolean {
        return true;
      }
    }
    expect(readTrustedCertificates(source, `${ca}\n${key}`, { X509Certificate })).toBe(ca);
    expect(
      rejectionOf(() => readTrustedCertificates(source, ca + device, { X509Certificate })),
    ).toMatchObject({
      code: "invalid_argument",
      message: "serverVerificationCert must be a PEM certificate, got certificate 2 that can't be parsed",
    });
  });
});

describe("a file with thousands of blocks", () => {
  it("is read in a time that grows with its length alone", () => {
    const blocks = "-----BEGIN X-----\n-----END X-----\n".repeat(60_000);
    const before = process.cpuUsage();
    expect(readCertificates(source, blocks + ca)).toEqual([ca]);
    // Several minutes if each block is searched for from the start.
    expect(process.cpuUsage(before).user).toBeLessThan(5_000_000);
  });
});

describe("a private key", () => {
  it.each<[string, string, string]>([
    ["device.key", text("device.key"), "EC PRIVATE KEY"],
    ["device-bag.pem", text("device-bag.pem"), "PRIVATE KEY"],
    ["encrypted.key", text("encrypted.key"), "ENCRYPTED PRIVATE KEY"],
    ["encrypted-rsa.key, with headers", text("encrypted-rsa.key"), "RSA PRIVATE KEY"],
    ["with-parameters.key", text("with-parameters.key"), "EC PRIVATE KEY"],
    ["a certificate in front", device + key, "EC PRIVATE KEY"],
  ])("is cut out of %s", (_, value, label) => {
    const read = readPrivateKey({ name: "keyFile" }, value);
    expect(read.startsWith(`-----BEGIN ${label}-----\n`)).toBe(true);
    expect(read.endsWith(`-----END ${label}-----\n`)).toBe(true);
    expect(read.match(/-----BEGIN/g)).toHaveLength(1);
    expect(value).toContain(read);
  });

  it.each<[string, string, string]>([
    ["a truncated one", key.slice(0, 100), "block 1 (EC PRIVATE KEY) that is truncated"],
    ["the characters \\n", escaped(key), "block 1 (EC PRIVATE KEY) on a single line"],
    ["a certificate alone", device, "a block 'CERTIFICATE'"],
    [
      "a key of SSH",
      "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjE=\n-----END OPENSSH PRIVATE KEY-----",
      "OPENSSH",
    ],
  ])("is rejected for %s, without showing it", (_, value, message) => {
    const rejection = rejectionOf(() =>
      readPrivateKey({ name: "keyFile", code: "invalid_certificate" }, value),
    );
    expect(rejection).toMatchObject({
      code: "invalid_certificate",
      message: expect.stringMatching(/^keyFile must be a PEM private key, got /),
    });
    expect(rejection.message).toContain(message);
  });
});
