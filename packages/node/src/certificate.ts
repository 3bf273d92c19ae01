import { createRequire } from "node:module";
import type { X509 } from "@isohub/core";
import { type CertificateAccess, type ClientCertificate, checkClientCertificate } from "@isohub/core/runtime";

const load = createRequire(import.meta.url);

const access: CertificateAccess = {
  // Loaded on first use: most devices have no certificate, and these two modules take long.
  get crypto() {
    return load("node:crypto") as typeof import("node:crypto");
  },
  readTextFile: (path) => (load("node:fs") as typeof import("node:fs")).readFileSync(path, "utf8"),
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
