import type { ConnectionFailedError } from "@isohub/core";
import { type ConnectFailure, connectFailed } from "@isohub/core/runtime";

/** The codes of OpenSSL and Node for certificates that aren't trusted. */
const untrusted = new Set([
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

/** Classifies an error of the network or of TLS. */
export function connectError(
  error: Error & { code?: unknown },
  peer: { readonly host: string; readonly port: number },
): ConnectionFailedError {
  const code = typeof error.code === "string" ? error.code : "";
  return connectFailed(failureOf(code), peer, error.message || code, error);
}

function failureOf(code: string): ConnectFailure {
  if (untrusted.has(code)) return "untrusted";
  if (code.startsWith("ERR_SSL") || code.startsWith("ERR_TLS") || code === "EPROTO") return "handshake";
  if (code === "ENOTFOUND") return "unknownHost";
  return code === "ECONNREFUSED" || code === "ETIMEDOUT" ? "unreachable" : "other";
}
