import type { IncomingHttpHeaders } from "node:http";
import type { PeerCertificate } from "node:tls";
import { ConnectionFailedError, ServiceError } from "@isohub/core";
import {
  type ConnectFailure,
  connectFailed,
  type FailedPeer,
  peerText,
  retryAfterMs,
  upgradeAdvice,
} from "@isohub/core/runtime";

/** An error of Node or OpenSSL. */
type NetworkError = Error & {
  code?: unknown;
  /** The system call that failed. */
  syscall?: unknown;
  /** OpenSSL's words, without file and line. */
  reason?: unknown;
  /** The peer's certificate, if its name is wrong. */
  cert?: Partial<PeerCertificate>;
};

/** The codes of OpenSSL and Node that have a separate explanation. */
const failures: Readonly<Record<string, ConnectFailure>> = {
  CERT_HAS_EXPIRED: "expired",
  CERT_NOT_YET_VALID: "notYetValid",
  ERR_TLS_CERT_ALTNAME_INVALID: "wrongName",
  CERT_SIGNATURE_FAILURE: "untrusted",
  CERT_UNTRUSTED: "untrusted",
  CERT_REJECTED: "untrusted",
  CERT_CHAIN_TOO_LONG: "untrusted",
  INVALID_CA: "untrusted",
  INVALID_PURPOSE: "untrusted",
  DEPTH_ZERO_SELF_SIGNED_CERT: "untrusted",
  SELF_SIGNED_CERT_IN_CHAIN: "untrusted",
  UNABLE_TO_GET_ISSUER_CERT: "untrusted",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "untrusted",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "untrusted",
  ENOTFOUND: "unknownHost",
  EAI_AGAIN: "noResolver",
  EAI_FAIL: "noResolver",
  ECONNREFUSED: "refused",
  ETIMEDOUT: "noAnswer",
  EHOSTUNREACH: "noRoute",
  ENETUNREACH: "noRoute",
  ENETDOWN: "noRoute",
};

/** OpenSSL's reasons for the end of a handshake, which it writes differently from version to version. */
const reasons: readonly (readonly [RegExp, ConnectFailure])[] = [
  [
    /wrong version number|packet length too long|http request|record layer failure|unknown protocol/,
    "notTls",
  ],
  [
    /alert protocol version|unsupported protocol|handshake failure|insufficient security|no shared cipher/,
    "noCommonTls",
  ],
  [
    /certificate required|bad certificate|unknown ca|certificate unknown|alert certificate/,
    "clientCertificate",
  ],
  [/\balert\b/, "alert"],
];

/**
 * Classifies an error of the network or of TLS.
 *
 * @param inHandshake - whether the TLS handshake had begun
 * @param certificate - that of the peer, if it has sent one
 */
export function connectError(
  error: NetworkError,
  peer: FailedPeer,
  inHandshake = false,
  certificate?: Partial<PeerCertificate>,
): ConnectionFailedError {
  const code = typeof error.code === "string" ? error.code : "";
  const failure = failureOf(error, code, inHandshake);
  return connectFailed(failure, peer, detailOf(failure, error, code, certificate), error);
}

function detailOf(
  failure: ConnectFailure,
  error: NetworkError,
  code: string,
  certificate: Partial<PeerCertificate> | undefined,
): string {
  const reported = tlsReason(error) ?? (error.message || code);
  switch (failure) {
    case "wrongName":
      return namesOf(error.cert);
    case "untrusted": {
      const issuer = certificate?.issuer?.CN;
      return issuer === undefined ? reported : `${reported}, issued by '${issuer}'`;
    }
    // That of another certificate in the chain may be the reason.
    case "expired": {
      const end = Date.parse(certificate?.valid_to ?? "");
      return end < Date.now() ? `. It was valid until ${new Date(end).toISOString()}` : "";
    }
    case "notYetValid": {
      const start = Date.parse(certificate?.valid_from ?? "");
      return start > Date.now() ? `. It is valid from ${new Date(start).toISOString()}` : "";
    }
    default:
      return reported;
  }
}

/** Classifies an error of an HTTP request whose TLS handshake and tunnel, if it needs them, are complete. */
export function exchangeError(error: NetworkError, peer: FailedPeer): ConnectionFailedError {
  const { host, port } = peer;
  const name = port === 0 ? host : `${host}:${port}`;
  const code = String(error.code);
  const failed = (what: string): ConnectionFailedError =>
    new ConnectionFailedError("connect_failed", `${name} ${what}`, {
      cause: error,
      remediation: "Check the host and the port, and the proxies and firewalls between",
    });
  if (code.startsWith("HPE_")) return failed(`sent a response that isn't valid HTTP: ${error.message}`);
  // Node reports the end of a connection as a reset, too.
  if (code === "EPIPE" || (code === "ECONNRESET" && error.syscall !== "connect"))
    return failed("closed the connection before its response was complete");
  return connectError(error, peer);
}

/** Classifies an error between the connection and the response to a WebSocket upgrade. */
export function upgradeError(error: NetworkError, peer: FailedPeer): ConnectionFailedError {
  const { code } = error;
  if (code === undefined)
    return upgradeRefused(
      peer,
      `answered the WebSocket upgrade incorrectly: ${peerText(error.message)}`,
      error,
    );
  if (code === "ECONNRESET" || code === "EPIPE")
    return upgradeRefused(peer, "closed the connection during the WebSocket upgrade", error);
  return String(code).startsWith("HPE_")
    ? upgradeRefused(peer, "does not speak HTTP", error)
    : connectError(error, peer);
}

/** The longest wait that an answer to an upgrade may ask for: a wrong one must not put a device out of service for long. */
const longestRetryAfterMs = 900_000;

/** Creates the error for an answer to a WebSocket upgrade, with the delay that it asks for as its cause. */
export function upgradeAnswered(
  peer: FailedPeer,
  statusCode: number,
  { "retry-after": after = "", location = "" }: IncomingHttpHeaders,
): ConnectionFailedError {
  const isThrottled = statusCode === 429 || statusCode === 503;
  const seconds = /^\s*\d/.test(after) ? after : (Date.parse(after) - Date.now()) / 1000;
  const asked = isThrottled ? retryAfterMs(seconds) : undefined;
  const cause =
    asked === undefined
      ? undefined
      : new ServiceError(`HTTP ${statusCode} with Retry-After: ${peerText(after)}`, {
          statusCode,
          retryAfterMs: Math.min(asked, longestRetryAfterMs),
        });
  return upgradeRefused(
    peer,
    `responded to the WebSocket upgrade with HTTP ${statusCode}`,
    cause,
    upgradeAdvice(statusCode, location),
  );
}

/** Creates the error for a server that doesn't accept WebSockets. */
export function upgradeRefused(
  { host, port }: FailedPeer,
  problem: string,
  cause?: unknown,
  remediation: string = upgradeAdvice(),
): ConnectionFailedError {
  return new ConnectionFailedError("websocket_refused", `${host}:${port} ${problem}`, { cause, remediation });
}

/** OpenSSL's words for an error, without the file and line in its source. */
export function tlsReason({ code, reason }: NetworkError): string | undefined {
  const isTls = typeof code === "string" && /^(ERR_SSL|ERR_OSSL|EPROTO)/.test(code);
  return isTls && typeof reason === "string" ? reason : undefined;
}

function failureOf(error: NetworkError, code: string, inHandshake: boolean): ConnectFailure {
  const known = failures[code];
  if (known !== undefined) return known;
  // By a firewall: a port without a listener is refused.
  if (code === "ECONNRESET" && error.syscall === "connect") return "refused";
  if (/^(ERR_SSL|ERR_TLS|ERR_OSSL|EPROTO)/.test(code)) {
    // Bun's BoringSSL writes WRONG_VERSION_NUMBER.
    const words = `${tlsReason(error) ?? ""} ${error.message}`.toLowerCase().replaceAll("_", " ");
    return reasons.find(([pattern]) => pattern.test(words))?.[1] ?? "handshake";
  }
  const isClosed = code === "ECONNRESET" || code === "EPIPE" || code === "";
  return inHandshake && isClosed ? "closedInHandshake" : "other";
}

/** The names in a certificate: `DNS:a.example, IP Address:192.0.2.1`. */
function namesOf(certificate: Partial<PeerCertificate> | undefined): string {
  const { subjectaltname, subject } = certificate ?? {};
  if (subjectaltname !== undefined && subjectaltname !== "") return subjectaltname;
  return subject?.CN === undefined ? "other names" : `no DNS name (its common name is ${subject.CN})`;
}
