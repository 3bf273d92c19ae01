import { ConnectionFailedError } from "@isohub/core";
import { type ConnectFailure, connectFailed, type FailedPeer, upgradeAdvice } from "@isohub/core/runtime";

const statusCode = /Invalid status code: (\d+)/;

/** Messages of Deno's TLS, which has no error codes. */
const tlsFailures: readonly (readonly [RegExp, ConnectFailure])[] = [
  [/certificate not valid for name/, "wrongName"],
  [/certificate expired/, "expired"],
  [/certificate not valid yet/, "notYetValid"],
  [/invalid peer certificate/, "untrusted"],
  [/received corrupt message/, "notTls"],
  [/alert: (ProtocolVersion|HandshakeFailure|InsufficientSecurity)/, "noCommonTls"],
  [
    /alert: (CertificateRequired|BadCertificate|UnknownCA|CertificateUnknown|CertificateExpired|AccessDenied)/i,
    "clientCertificate",
  ],
  [/handshake eof|unexpected end of file/, "closedInHandshake"],
  [/fatal alert|handshake/i, "handshake"],
];

/** Messages of operating systems, which Deno passes on. */
const networkFailures: readonly (readonly [RegExp, ConnectFailure])[] = [
  [/lookup address.*(try again|temporary)/i, "noResolver"],
  [/lookup address/, "unknownHost"],
  [/refused/i, "refused"],
  [/timed out/i, "noAnswer"],
  [/unreachable|no route/i, "noRoute"],
];

/** Classifies an error of the network, of TLS or of the WebSocket upgrade. Deno's errors have a message, but no code. */
export function connectError(message: string, peer: FailedPeer, cause?: unknown): ConnectionFailedError {
  const known = knownError(message, peer, cause);
  if (known !== undefined) return known;
  // Deno retries a refused WebSocket over HTTP/2, and reports only how that attempt ended.
  if (!statusCode.test(message) && !message.includes("Didn't receive h2 alpn")) {
    const failure = networkFailures.find(([pattern]) => pattern.test(message))?.[1] ?? "unreachable";
    return connectFailed(failure, peer, message, cause);
  }
  const status = statusCode.exec(message)?.[1];
  return new ConnectionFailedError(
    "websocket_refused",
    `${peer.host}:${peer.port} did not accept the WebSocket upgrade${status === undefined ? "" : `: HTTP ${status}`}`,
    { cause, remediation: upgradeAdvice(Number(status ?? 0)) },
  );
}

/** Returns the error for a missing permission or a failure of TLS; undefined for all others. */
export function knownError(
  message: string,
  peer: FailedPeer,
  cause?: unknown,
): ConnectionFailedError | undefined {
  if (cause instanceof Deno.errors.NotCapable) {
    const name = `${peer.host}:${peer.port}`;
    return new ConnectionFailedError("connect_failed", `Deno does not allow a connection to ${name}`, {
      cause,
      retryable: false,
      remediation: `Run with --allow-net=${name}`,
    });
  }
  const failure = tlsFailures.find(([pattern]) => pattern.test(message))?.[1];
  if (failure === undefined) return undefined;
  const isDated = failure === "expired" || failure === "notYetValid";
  const detail = failure === "wrongName" ? namesIn(message) : isDated ? "" : message;
  return connectFailed(failure, peer, detail, cause);
}

/** The names that a certificate has, from `… only valid for DnsName("a.example") or IpAddress(192.0.2.1)`. */
function namesIn(message: string): string {
  const names = /only valid for (.*)$/.exec(message)?.[1];
  return (
    names?.replace(/DnsName\("([^"]*)"\)/g, "DNS:$1").replace(/IpAddress\(([^)]*)\)/g, "IP Address:$1") ??
    "no name"
  );
}
