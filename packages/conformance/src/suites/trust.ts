import { ArgumentError, X509 } from "@isohub/core";
import { beforeEach, describe, expect, it } from "vitest";
import { createDevice, freshId, hostOf, shutDownAtEnd } from "../device.ts";
import type { CertificateMaker, Fixtures } from "../fixtures.ts";
import { certificatesOf, skipWithout } from "../skip.ts";

const encoder = new TextEncoder();

function utf16(text: string): Uint8Array {
  const bytes = new Uint8Array(2 + text.length * 2);
  bytes.set([0xff, 0xfe]);
  for (let at = 0; at < text.length; at++) bytes[2 + at * 2] = text.charCodeAt(at);
  return bytes;
}

/** The attributes that `openssl pkcs12 -nodes` writes in front of each block. */
const attributes = "Bag Attributes\n    localKeyID: 01 02 03\nsubject=CN = device\n\nissuer=CN = device\n";

/** Ways in which a certificate authority is stored, all of which are accepted. */
const accepted: readonly [string, (ca: string) => string | Uint8Array][] = [
  ["bytes", (ca) => encoder.encode(ca)],
  ["CRLF line ends", (ca) => ca.replaceAll("\n", "\r\n")],
  ["a byte order mark", (ca) => `\ufeff${ca}`],
  ["a byte order mark in bytes", (ca) => encoder.encode(`\ufeff${ca}`)],
  ["UTF-16", utf16],
  ["attributes around", (ca) => `${attributes}${ca}${attributes}`],
  ["a key in front", (ca) => `-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n${ca}`],
  ["no line break at its end", (ca) => ca.trimEnd()],
  ["the same certificate twice", (ca) => `${ca}\n\n${ca}`],
];

/** Ways that are rejected, with a part of the message. */
const rejected: readonly [string, (ca: string) => unknown, RegExp][] = [
  ["the characters \\n for line breaks", (ca) => ca.replaceAll("\n", "\\n"), /block 1 \(CERTIFICATE\)/],
  ["indented lines", (ca) => ca.replaceAll(/^/gm, "  "), /block 1 \(CERTIFICATE\)/],
  ["no line breaks", (ca) => ca.replaceAll("\n", " "), /block 1 \(CERTIFICATE\)/],
  ["a missing end", (ca) => ca.slice(0, ca.length / 2), /block 1 \(CERTIFICATE\)/],
  [
    "a missing end of the second certificate",
    (ca) => ca + ca.slice(0, ca.length / 2),
    /block 2 \(CERTIFICATE\)/,
  ],
  ["a missing line", (ca) => ca.replace(/\n.+\n(-+END)/, "\n$1"), /block 1 \(CERTIFICATE\)/],
  // A letter of its base64 that changes the structure.
  ["a changed byte", (ca) => ca.replace(/\n(.{8})./, "\n$1/"), /certificate 1 that can't be parsed|block 1/],
  ["PKCS#12 data", () => Uint8Array.of(0x30, 0x82, 1, 0, 2, 1, 3, 0x30), /PKCS#12/],
  ["DER data", () => Uint8Array.of(0x30, 0x82, 1, 0, 0x30, 0x82, 1, 0), /DER/],
  ["a path", () => "/etc/ssl/ca.pem", /text without PEM blocks/],
  ["an empty string", () => "", /an empty string/],
  ["an array", (ca) => [ca], /an array/],
  ["a number", () => 5, /number/],
];

/** Certificates and keys in the forms in which files and variables have them, the same on every runtime. */
export function trustSuite(fixtures: Fixtures): void {
  const { hub, clients, connectOptions } = fixtures;
  const { IoTHubDeviceClient } = clients;

  describe("serverVerificationCert", () => {
    beforeEach((context) => skipWithout(context, fixtures, "customTrust"));
    const ca = String(connectOptions.serverVerificationCert);

    it.each(accepted)("may have %s", async (_, write) => {
      const { client, deviceId } = await createDevice(fixtures, { serverVerificationCert: write(ca) });
      await client.sendMessage("x");
      expect(await hub.telemetry(deviceId)).toHaveLength(1);
    });

    it.each(rejected)("is rejected at creation for %s", (_, write, message) => {
      const create = (): unknown =>
        IoTHubDeviceClient.createFromConnectionString(
          "HostName=hub.example;DeviceId=d;SharedAccessKey=a2V5",
          {
            ...connectOptions,
            serverVerificationCert: write(ca) as string,
          },
        );
      expect(create).toThrow(ArgumentError);
      expect(create).toThrow(
        expect.objectContaining({
          code: "invalid_argument",
          message: expect.stringMatching(/^serverVerificationCert must be /),
        }),
      );
      expect(create).toThrow(message);
    });
  });

  describe("a client certificate", () => {
    let maker: CertificateMaker;
    beforeEach((context) => {
      maker = certificatesOf(context, fixtures);
    });

    it.each<[string, (cert: string, key: string, ca: string) => X509]>([
      ["bytes", (cert, key) => new X509(encoder.encode(cert), encoder.encode(key))],
      ["one file, key first", (cert, key) => new X509(key + cert, key + cert)],
      ["one file, certificate first", (cert, key) => new X509(cert + key, cert + key)],
      [
        "the output of openssl pkcs12 -nodes",
        (cert, key, ca) => {
          const bag = [cert, ca, key].map((block) => attributes + block).join("");
          return new X509(bag, bag);
        },
      ],
      ["a chain with the authority first", (cert, key, ca) => new X509(ca + cert, key)],
      [
        "CRLF line ends",
        (cert, key) => new X509(cert.replaceAll("\n", "\r\n"), key.replaceAll("\n", "\r\n")),
      ],
      ["byte order marks", (cert, key) => new X509(`\ufeff${cert}`, `\ufeff${key}`)],
    ])("may have the form of %s", async (_, create) => {
      const deviceId = freshId();
      const ca = await maker.authority(`authority of ${deviceId}`);
      const { cert, key, thumbprint } = await maker.client(deviceId, { ca });
      await hub.createDevice(deviceId, { authentication: "selfSigned", primaryThumbprint: thumbprint });
      const host = hostOf(await hub.policyConnectionString());
      const x509 = create(cert, key, ca.cert);
      const client = shutDownAtEnd(
        IoTHubDeviceClient.createFromX509Certificate(x509, host, deviceId, connectOptions),
      );
      await client.sendMessage("x");
      expect(await hub.telemetry(deviceId)).toHaveLength(1);
    });

    it.each<[string, (cert: string, key: string) => X509, RegExp]>([
      [
        "\\n in the certificate",
        (cert, key) => new X509(cert.replaceAll("\n", "\\n"), key),
        /^certFile must be .* block 1/,
      ],
      [
        "\\n in the key",
        (cert, key) => new X509(cert, key.replaceAll("\n", "\\n")),
        /^keyFile must be .* block 1/,
      ],
      [
        "a truncated certificate",
        (cert, key) => new X509(cert.slice(0, 200), key),
        /^certFile must be .* truncated/,
      ],
      ["a truncated key", (cert, key) => new X509(cert, key.slice(0, 100)), /^keyFile must be .* truncated/],
      [
        "PKCS#12 bytes",
        (_, key) => new X509(Uint8Array.of(0x30, 0x82, 1, 0, 2, 1, 3, 0x30), key),
        /^certFile must be /,
      ],
      [
        "the key instead of the certificate",
        (_, key) => new X509(key, key),
        /^certFile must be .* 'PRIVATE KEY'/,
      ],
      [
        "the certificate instead of the key",
        (cert) => new X509(cert, cert),
        /^keyFile must be .* 'CERTIFICATE'/,
      ],
      [
        "the base64 of the key",
        (cert, key) => new X509(cert, btoa(key)),
        /^keyFile must be .* base64 of PEM/,
      ],
      [
        "the key's base64 alone",
        (cert, key) => new X509(cert, key.split("\n").slice(1, -2).join("")),
        /^keyFile must be /,
      ],
    ])("is rejected before connecting for %s, without showing the key", async (_, create, message) => {
      const { cert, key } = await maker.client("d");
      const x509 = create(cert, key);
      let rejection: unknown;
      try {
        IoTHubDeviceClient.createFromX509Certificate(x509, "hub.example", "d", connectOptions);
      } catch (error) {
        rejection = error;
      }
      expect(rejection).toMatchObject({
        name: "ArgumentError",
        code: "invalid_certificate",
        message: expect.stringMatching(message),
      });
      const shown = `${rejection} ${JSON.stringify(rejection)} ${(rejection as ArgumentError).remediation}`;
      expect(shown).not.toContain(key.slice(60, 80));
      expect(shown).not.toContain(btoa(key).slice(60, 80));
    });
  });
}
