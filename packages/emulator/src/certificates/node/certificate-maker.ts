import { createHash, type webcrypto } from "node:crypto";

/** A certificate and its private key. */
export interface MadeCertificate {
  /** PEM of the certificate. */
  readonly cert: string;
  /** PEM of its private key, PKCS#8. */
  readonly key: string;
}

/** The contents of a certificate to create. */
export interface CertificateTemplate {
  readonly commonName: string;
  readonly use: "authority" | "server" | "client";
  /** The signer; by default the certificate is self-signed. */
  readonly issuer?: MadeCertificate;
  /** DNS names and IP addresses. */
  readonly names?: readonly string[];
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** The key of its subject; by default a new one. */
  readonly publicKey?: webcrypto.CryptoKey;
}

/** The contents of a certificate signing request. */
export interface SigningRequest {
  readonly commonName: string | undefined;
  /** Whether it is signed with the key it contains. */
  readonly isSigned: boolean;
  /** The curve of its key. */
  readonly curve: string | undefined;
  readonly publicKey: webcrypto.CryptoKey;
}

// ECDSA P-256: generated in a millisecond, where RSA takes a second, and supported by every TLS 1.2 client.
const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const dayMs = 24 * 3_600_000;
const validDays = 365;

/** Creates a key and a certificate for it. It is valid from yesterday for a year by default. */
export async function makeCertificate(template: CertificateTemplate): Promise<MadeCertificate> {
  const x509 = await load();
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const { issuer, use, names = [], publicKey = keys.publicKey } = template;
  const above = issuer === undefined ? undefined : new x509.X509Certificate(issuer.cert);
  const pkcs8 = issuer === undefined ? undefined : x509.PemConverter.decodeFirst(issuer.key);
  const signingKey =
    pkcs8 === undefined
      ? keys.privateKey
      : await crypto.subtle.importKey("pkcs8", pkcs8, algorithm, false, ["sign"]);
  // An array needs no escapes for the commas, plus and equals signs of ids.
  const subject = [{ CN: [template.commonName] }];
  const isAuthority = use === "authority";
  const { keyCertSign, cRLSign, digitalSignature } = x509.KeyUsageFlags;
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: newSerial(),
    subject,
    issuer: above?.subjectName ?? subject,
    // From yesterday, for clients whose clock is slightly behind.
    notBefore: template.notBefore ?? new Date(Date.now() - dayMs),
    notAfter: template.notAfter ?? new Date(Date.now() + validDays * dayMs),
    signingAlgorithm: algorithm,
    publicKey,
    signingKey,
    extensions: [
      new x509.BasicConstraintsExtension(isAuthority, undefined, true),
      new x509.KeyUsagesExtension(isAuthority ? keyCertSign | cRLSign : digitalSignature, true),
      ...(isAuthority
        ? []
        : [
            new x509.ExtendedKeyUsageExtension([
              use === "server" ? x509.ExtendedKeyUsage.serverAuth : x509.ExtendedKeyUsage.clientAuth,
            ]),
          ]),
      ...(names.length === 0
        ? []
        : [
            new x509.SubjectAlternativeNameExtension(
              names.map((value) => ({ type: isAddress(value) ? ("ip" as const) : ("dns" as const), value })),
            ),
          ]),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
      ...(above === undefined ? [] : [await x509.AuthorityKeyIdentifierExtension.create(above.publicKey)]),
    ],
  });
  const exported = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return {
    cert: `${certificate.toString("pem")}\n`,
    key: `${x509.PemConverter.encode(exported, "PRIVATE KEY")}\n`,
  };
}

/** Parses a certificate signing request. @param csr - base64 of its DER form. @throws {Error} if it isn't one */
export async function readRequest(csr: string): Promise<SigningRequest> {
  const x509 = await load();
  const request = new x509.Pkcs10CertificateRequest(csr);
  const publicKey = await request.publicKey.export();
  const { namedCurve } = publicKey.algorithm as { namedCurve?: string };
  return {
    commonName: request.subjectName.getField("CN")[0],
    isSigned: await request.verify(),
    curve: namedCurve,
    publicKey,
  };
}

// The certificate library uses decorators, which require reflect-metadata to be loaded first. Both load slowly, so that
// only a program that starts an emulator loads them.
async function load(): Promise<typeof import("@peculiar/x509")> {
  await import("reflect-metadata");
  return import("@peculiar/x509");
}

/** Returns the hash of the first certificate in PEM, hexadecimal in upper case as tools print it. */
export function thumbprintOf(cert: string, hash: "sha1" | "sha256"): string {
  const body = /-----BEGIN CERTIFICATE-----([^-]*)-----END/.exec(cert)?.[1] ?? "";
  return createHash(hash).update(Buffer.from(body, "base64")).digest("hex").toUpperCase();
}

// Positive and without a leading zero byte, so that every DER reader agrees on it.
function newSerial(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function isAddress(name: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(name) || name.includes(":");
}
