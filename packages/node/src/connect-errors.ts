import { ConnectionFailedError } from "@isohub/core";

// What OpenSSL and Node call the ways in which a certificate fails.
const trustCodes = new Set([
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
  "CERT_SIGNATURE_FAILURE",
  "CERT_UNTRUSTED",
  "CERT_REJECTED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "ERR_TLS_CERT_ALTNAME_INVALID",
]);

/** An error of the network or of TLS, by the step that failed. */
export function connectError(
  error: Error & { code?: unknown },
  { host, port }: { host: string; port: number },
): ConnectionFailedError {
  const code = typeof error.code === "string" ? error.code : "";
  const where = `${host}:${port}`;
  if (trustCodes.has(code)) {
    return new ConnectionFailedError(
      "tls_failed",
      `The certificate of ${where} is not trusted: ${error.message}`,
      {
        cause: error,
        remediation: "Pass the PEM text of its certificate authority as serverVerificationCert",
      },
    );
  }
  if (code.startsWith("ERR_SSL") || code.startsWith("ERR_TLS") || code === "EPROTO") {
    return new ConnectionFailedError(
      "tls_failed",
      `The TLS handshake with ${where} failed: ${error.message}`,
      {
        cause: error,
      },
    );
  }
  const remediation =
    code === "ENOTFOUND"
      ? "Check the host name of the hub"
      : code === "ECONNREFUSED" || code === "ETIMEDOUT"
        ? "Check that the port is open; where a firewall blocks 8883, set websockets to true"
        : undefined;
  return new ConnectionFailedError(
    "connect_failed",
    `Could not connect to ${where}: ${error.message || code}`,
    {
      cause: error,
      ...(remediation === undefined ? {} : { remediation }),
    },
  );
}
