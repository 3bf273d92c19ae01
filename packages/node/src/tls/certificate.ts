import { ArgumentError, type X509 } from "@isohub/core";
import {
  asError,
  type CertificateAccess,
  type CertificateCrypto,
  type ClientCertificate,
  checkClientCertificate,
} from "@isohub/core/runtime";

/** `node:crypto`, loaded on first use: most devices have no certificate, and it takes long. */
export function certificateCrypto(): CertificateCrypto {
  return process.getBuiltinModule("node:crypto");
}

const access: CertificateAccess = {
  get crypto() {
    return certificateCrypto();
  },
  readFile: (path) => process.getBuiltinModule("node:fs").readFileSync(path),
  explain: (error) => String((error as NodeJS.ErrnoException).code),
};

/**
 * Reads and checks a client certificate.
 *
 * @throws {ArgumentError} `invalid_certificate`
 */
export function loadCertificate(x509: X509, nowMs: number): ClientCertificate {
  const { cert, key } = checkClientCertificate(x509, nowMs, access);
  const { passPhrase } = x509;
  try {
    process
      .getBuiltinModule("node:tls")
      .createSecureContext({ cert, key, ...(passPhrase === undefined ? {} : { passphrase: passPhrase }) });
  } catch (error) {
    // Such as a key that is too short for OpenSSL's security level. The cause may show the pass phrase.
    throw new ArgumentError("invalid_certificate", `certFile can't be used for TLS: ${reasonOf(error)}`);
  }
  return { cert, key, passPhrase };
}

function reasonOf(error: unknown): string {
  const { reason } = error as { reason?: unknown };
  return typeof reason === "string" ? reason : asError(error).name;
}
