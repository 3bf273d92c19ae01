import type { X509 } from "@isohub/core";
import { type CertificateAccess, type ClientCertificate, checkClientCertificate } from "@isohub/core/runtime";

const access: CertificateAccess = {
  // Loaded on first use: most devices have no certificate, and these two modules take long.
  get crypto() {
    return process.getBuiltinModule("node:crypto");
  },
  readTextFile: (path) => process.getBuiltinModule("node:fs").readFileSync(path, "utf8"),
  explain: (error) => String((error as NodeJS.ErrnoException).code),
};

/**
 * Reads and checks a client certificate.
 *
 * @throws {ArgumentError} `invalid_certificate`
 */
export function loadCertificate(x509: X509, nowMs: number): ClientCertificate {
  const { cert, key } = checkClientCertificate(x509, nowMs, access);
  return { cert, key, passPhrase: x509.passPhrase };
}
