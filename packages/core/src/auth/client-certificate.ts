import { ArgumentError } from "../errors.ts";
import type { X509 } from "./x509.ts";

/** A private key as `node:crypto` represents it. */
export interface PrivateKey {
  export(options: { type: "pkcs8"; format: "pem" }): unknown;
}

/** The part of `node:crypto` that reads certificates and keys. Deno has it, too. */
export interface CertificateCrypto {
  readonly X509Certificate: new (
    pem: string,
  ) => {
    readonly validFrom: string;
    readonly validTo: string;
    checkPrivateKey(key: PrivateKey): boolean;
  };
  createPrivateKey(options: { key: string; passphrase?: string }): PrivateKey;
}

/** A runtime's access to certificates. */
export interface CertificateAccess {
  readonly crypto: CertificateCrypto;
  readTextFile(path: string): string;
  /** Explains why a file couldn't be read. */
  explain(error: unknown, path: string): string;
}

/** A certificate and its private key, as given in {@link X509}, and the key parsed. */
export interface CheckedCertificate {
  /** PEM, leaf first. */
  readonly cert: string;
  /** PEM, still encrypted if it was. */
  readonly key: string;
  readonly privateKey: PrivateKey;
}

/**
 * Reads a client certificate, and checks that its key belongs to it and that it is valid now. Sends nothing.
 *
 * @throws {ArgumentError} `invalid_certificate`; its message never contains the key or the pass phrase
 */
export function checkClientCertificate(
  { certificateFile, keyFile, passPhrase }: X509,
  nowMs: number,
  access: CertificateAccess,
): CheckedCertificate {
  const cert = readPem("certFile", certificateFile, access);
  const key = readPem("keyFile", keyFile, access);
  const leaf = parseCertificate(cert, access.crypto);
  const privateKey = parseKey(key, passPhrase, access.crypto);
  if (!leaf.checkPrivateKey(privateKey)) throw invalid("keyFile must be the private key of certFile");
  const [from, to] = [Date.parse(leaf.validFrom), Date.parse(leaf.validTo)];
  if (nowMs > to) throw invalid(`The client certificate expired at ${new Date(to).toISOString()}`);
  if (nowMs < from)
    throw invalid(`The client certificate is not valid before ${new Date(from).toISOString()}`);
  return { cert, key, privateKey };
}

function readPem(name: string, pathOrPem: string, { readTextFile, explain }: CertificateAccess): string {
  if (pathOrPem.includes("-----BEGIN ")) return pathOrPem;
  let text: string;
  try {
    text = readTextFile(pathOrPem);
  } catch (error) {
    throw invalid(`${name} '${pathOrPem}' can't be read: ${explain(error, pathOrPem)}`);
  }
  if (!text.includes("-----BEGIN ")) throw invalid(`${name} '${pathOrPem}' must be a PEM file`);
  return text;
}

function parseCertificate(
  pem: string,
  { X509Certificate }: CertificateCrypto,
): InstanceType<CertificateCrypto["X509Certificate"]> {
  try {
    return new X509Certificate(pem);
  } catch {
    throw invalid("certFile must be a PEM certificate");
  }
}

function parseKey(pem: string, passPhrase: string | undefined, crypto: CertificateCrypto): PrivateKey {
  const encrypted = pem.includes("BEGIN ENCRYPTED PRIVATE KEY") || pem.includes("Proc-Type: 4,ENCRYPTED");
  if (encrypted && passPhrase === undefined) {
    throw invalid("keyFile is encrypted, but there is no passPhrase", "Pass its passPhrase to X509");
  }
  try {
    return crypto.createPrivateKey({
      key: pem,
      ...(passPhrase === undefined ? {} : { passphrase: passPhrase }),
    });
  } catch {
    // The cause is dropped on purpose: OpenSSL's errors are about bytes of the key.
    throw invalid(encrypted ? "passPhrase must be the one of keyFile" : "keyFile must be a PEM private key");
  }
}

function invalid(message: string, remediation?: string): ArgumentError {
  return new ArgumentError("invalid_certificate", message, remediation === undefined ? {} : { remediation });
}
