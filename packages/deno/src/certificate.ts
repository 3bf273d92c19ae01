import { createPrivateKey, X509Certificate } from "node:crypto";
import type { X509 } from "@isohub/core";
import {
  asError,
  type CertificateAccess,
  type CertificateCrypto,
  type ClientCertificate,
  checkClientCertificate,
} from "@isohub/core/runtime";

export const certificateCrypto: CertificateCrypto = { createPrivateKey, X509Certificate };

const access: CertificateAccess = {
  crypto: certificateCrypto,
  readFile: (path) => Deno.readFileSync(path),
  explain: (error, path) =>
    error instanceof Deno.errors.NotCapable ? `run with --allow-read=${path}` : asError(error).name,
};

/**
 * Reads and checks a client certificate. Its key is decrypted, because Deno's TLS doesn't take a pass phrase.
 *
 * @throws {ArgumentError} `invalid_certificate`
 */
export function loadCertificate(x509: X509, nowMs: number): ClientCertificate {
  const { cert, privateKey } = checkClientCertificate(x509, nowMs, access);
  const key = String(privateKey.export({ type: "pkcs8", format: "pem" }));
  return { cert, key, passPhrase: undefined };
}
