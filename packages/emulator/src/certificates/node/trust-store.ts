import { createHash, createHmac, randomBytes, X509Certificate } from "node:crypto";
import { bigEndian16, bmpString, nothing, octets, oid, sequence, set, smallInteger, tagged } from "../der.ts";

/** The password of trust stores. It protects nothing, as a trust store has no secrets, but tools demand one. */
export const trustStorePassword = "changeit";

const data = oid("1.2.840.113549.1.7.1");
const certificateBag = oid("1.2.840.113549.1.12.10.1.3");
const x509 = oid("1.2.840.113549.1.9.22.1");
const friendlyName = oid("1.2.840.113549.1.9.20");
// Java takes a certificate without a key for a trusted one only with this attribute.
const trustedKeyUsage = oid("2.16.840.1.113894.746875.1.1");
const anyUsage = oid("2.5.29.37.0");
const sha256 = oid("2.16.840.1.101.3.4.2.1");
const iterations = 2048;

/**
 * Returns a certificate as a trust store in PKCS#12, for Java and .NET, with the password `changeit`.
 *
 * @param pem - of the certificate
 * @source RFC 7292; `trustedKeyUsage` of the JDK
 */
export function trustStoreOf(pem: string): Uint8Array {
  const certificate = sequence(x509, tagged(0, octets(new X509Certificate(pem).raw)));
  const attributes = [
    sequence(friendlyName, set(bmpString("isohub emulator"))),
    sequence(trustedKeyUsage, set(anyUsage)),
  ];
  const bag = sequence(certificateBag, tagged(0, certificate), setOf(attributes));
  const safe = sequence(contentOf(sequence(bag)));
  const salt = randomBytes(16);
  const mac = createHmac("sha256", macKey(salt)).update(safe).digest();
  const macData = sequence(
    sequence(sequence(sha256, nothing), octets(mac)),
    octets(salt),
    smallInteger(iterations),
  );
  return sequence(smallInteger(3), contentOf(safe), macData);
}

function contentOf(content: Uint8Array): Uint8Array {
  return sequence(data, tagged(0, octets(content)));
}

function setOf(items: readonly Uint8Array[]): Uint8Array {
  // DER orders the members of a set by their bytes.
  return set(Buffer.concat([...items].sort(Buffer.compare)));
}

/** Derives the key of the MAC from the password. @source RFC 7292, appendix B.2 */
function macKey(salt: Uint8Array): Buffer {
  const blockBytes = 64;
  const repeated = (bytes: Uint8Array): Buffer => {
    const length = blockBytes * Math.ceil(bytes.length / blockBytes);
    return Buffer.alloc(length, bytes);
  };
  const password = Buffer.from(bigEndian16(`${trustStorePassword}\0`));
  let key = createHash("sha256")
    .update(Buffer.alloc(blockBytes, 3))
    .update(repeated(salt))
    .update(repeated(password))
    .digest();
  for (let round = 1; round < iterations; round++) key = createHash("sha256").update(key).digest();
  return key;
}
