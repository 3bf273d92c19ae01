import { ArgumentError, asError, shown } from "../errors.ts";
import { readCertificates, readPrivateKey } from "./pem.ts";
import type { X509 } from "./x509.ts";

/** A private key as `node:crypto` represents it. */
export interface PrivateKey {
  export(options: { type: "pkcs8"; format: "pem" }): unknown;
}

/** A certificate as `node:crypto` represents it. */
export interface ParsedCertificate {
  readonly subject: string;
  readonly issuer: string;
  readonly validFrom: string;
  readonly validTo: string;
  checkPrivateKey(key: PrivateKey): boolean;
}

/** The part of `node:crypto` that reads certificates and keys. Deno has it, too. */
export interface CertificateCrypto {
  readonly X509Certificate: new (pem: string) => ParsedCertificate;
  createPrivateKey(options: { key: string; passphrase?: string }): PrivateKey;
}

/** A runtime's access to certificates. */
export interface CertificateAccess {
  readonly crypto: CertificateCrypto;
  readFile(path: string): Uint8Array;
  /** Explains why a file couldn't be read. */
  explain(error: unknown, path: string): string;
}

/** A certificate and its private key, cut out of the files of an {@link X509}, and the key parsed. */
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
  const blocks = readCertificates(...load("certFile", certificateFile, access));
  const key = readPrivateKey(...load("keyFile", keyFile, access));
  const certificates = blocks.map((pem, index) => ({
    pem,
    parsed: parseCertificate(pem, index, access.crypto),
  }));
  const privateKey = parseKey(key, passPhrase, access.crypto);
  // Files that were put together from others often have the leaf last.
  const leaf = certificates.find(({ parsed }) => parsed.checkPrivateKey(privateKey));
  if (leaf === undefined) throw invalid("keyFile must be the private key of certFile");
  const [from, to] = [Date.parse(leaf.parsed.validFrom), Date.parse(leaf.parsed.validTo)];
  if (nowMs > to) throw invalid(`The client certificate expired at ${new Date(to).toISOString()}`);
  if (nowMs < from)
    throw invalid(`The client certificate is not valid before ${new Date(from).toISOString()}`);
  return { cert: chainFrom(leaf, certificates), key, privateKey };
}

interface CertificateBlock {
  readonly pem: string;
  readonly parsed: ParsedCertificate;
}

/** Puts each certificate before the one that issued it, as TLS 1.2 requires. Those that don't belong to the chain come last. */
function chainFrom(leaf: CertificateBlock, certificates: readonly CertificateBlock[]): string {
  const chain = [leaf];
  const others = certificates.filter((each) => each !== leaf);
  for (const { parsed } of chain) {
    const at = others.findIndex((other) => other.parsed.subject === parsed.issuer);
    if (at >= 0) chain.push(...others.splice(at, 1));
  }
  return [...chain, ...others].map(({ pem }) => pem).join("");
}

/** The arguments that PEM blocks are read with. */
type Loaded = [source: { name: string; code: "invalid_certificate" }, value: unknown];

/** Reads the file, unless `pathOrPem` is the PEM text itself. */
function load(parameter: string, pathOrPem: string, { readFile, explain }: CertificateAccess): Loaded {
  const code = "invalid_certificate";
  if (!isPath(pathOrPem)) return [{ name: parameter, code }, pathOrPem];
  const name = `${parameter} ${shown(pathOrPem)}`;
  try {
    return [{ name, code }, readFile(pathOrPem)];
  } catch (error) {
    throw invalid(`${name} can't be read: ${explain(error, pathOrPem)}`);
  }
}

/** Whether a string is a path. Base64 and binary data are a key or certificate in another format. */
function isPath(text: string): boolean {
  return !/-----BEGIN |[\r\n\0\ufffd]|^\s*(MI[A-Z]|LS0tLS1CRUdJTi)[A-Za-z0-9+/]{40}/.test(text);
}

function parseCertificate(
  pem: string,
  index: number,
  { X509Certificate }: CertificateCrypto,
): ParsedCertificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw invalid(
      `certFile must be a PEM certificate, got certificate ${index + 1} that can't be parsed`,
      error,
    );
  }
}

function parseKey(pem: string, passPhrase: string | undefined, crypto: CertificateCrypto): PrivateKey {
  const encrypted = pem.includes("BEGIN ENCRYPTED PRIVATE KEY") || pem.includes("Proc-Type: 4,ENCRYPTED");
  if (encrypted && passPhrase === undefined) {
    throw new ArgumentError("invalid_certificate", "keyFile is encrypted, but there is no passPhrase", {
      remediation: "Pass its passPhrase to X509",
    });
  }
  try {
    return crypto.createPrivateKey({
      key: pem,
      ...(passPhrase === undefined ? {} : { passphrase: passPhrase }),
    });
  } catch (error) {
    // The cause is dropped on purpose: OpenSSL's errors are about bytes of the key.
    if (encrypted && (error as { code?: unknown }).code === "ERR_OSSL_EVP_UNSUPPORTED")
      throw new ArgumentError(
        "invalid_certificate",
        "keyFile must be encrypted with a cipher that OpenSSL supports",
        {
          remediation:
            "Encrypt it again: openssl pkcs8 -topk8 -provider default -provider legacy -in old.key -out new.key",
        },
      );
    throw invalid(encrypted ? "passPhrase must be the one of keyFile" : "keyFile must be a PEM private key");
  }
}

function invalid(message: string, cause?: unknown): ArgumentError {
  return new ArgumentError(
    "invalid_certificate",
    message,
    cause === undefined ? {} : { cause: asError(cause) },
  );
}
