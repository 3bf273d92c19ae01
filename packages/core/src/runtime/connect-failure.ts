import { ConnectionFailedError, type ErrorCodeOf } from "../errors.ts";
import { peerText } from "../util/peer-text.ts";

/**
 * The reason why a connection failed:
 *
 * - `untrusted`: no trusted authority has signed the peer's certificate
 * - `expired`, `notYetValid`: the peer's certificate isn't valid at this time
 * - `wrongName`: the peer's certificate is for other names
 * - `notTls`: the peer doesn't speak TLS
 * - `closedInHandshake`: the peer closed the connection before the handshake was complete
 * - `noCommonTls`: the peer supports no TLS version, or no cipher suite, that is allowed here
 * - `clientCertificate`: the peer requires a client certificate, or rejects the one it got
 * - `handshake`: another TLS error
 * - `unknownHost`: no address for the host name
 * - `unreachable`: nothing answers at the port
 * - `other`: none of these
 */
export type ConnectFailure =
  | "untrusted"
  | "expired"
  | "notYetValid"
  | "wrongName"
  | "notTls"
  | "closedInHandshake"
  | "noCommonTls"
  | "clientCertificate"
  | "handshake"
  | "unknownHost"
  | "unreachable"
  | "other";

/** A peer that couldn't be connected to. */
export interface FailedPeer {
  readonly host: string;
  readonly port: number;
  readonly serverVerificationCert?: string | undefined;
}

/** The code, the problem, and the remedy of a failure. */
type Explanation = readonly [ErrorCodeOf<"ConnectionFailedError">, summary: string, remediation?: string];

/**
 * Creates the error for a connection that failed before it was ready, with the same hints on every runtime.
 *
 * @param detail - what the runtime reports; for `wrongName` the names that the certificate has
 */
export function connectFailed(
  failure: ConnectFailure,
  peer: FailedPeer,
  detail: string,
  cause?: unknown,
): ConnectionFailedError {
  const [code, summary, remediation] = explain(failure, peer, peerText(detail));
  return new ConnectionFailedError(code, summary, { cause, remediation });
}

function explain(
  failure: ConnectFailure,
  { host, port, serverVerificationCert }: FailedPeer,
  detail: string,
): Explanation {
  const peer = `${host}:${port}`;
  const clock = `the clock of this machine, which shows ${new Date().toISOString()}`;
  const ports =
    "MQTT over TLS usually has port 8883, and WebSockets have 443. A local hub's plain port is ws://localhost:port";
  switch (failure) {
    case "untrusted":
      return [
        "tls_failed",
        `The certificate of ${peer} isn't trusted: ${detail}`,
        serverVerificationCert === undefined
          ? "Pass the PEM text of its certificate authority as serverVerificationCert"
          : "Add the authority that signed it to serverVerificationCert, which replaces the default authorities",
      ];
    case "expired":
      return ["tls_failed", `A certificate of ${peer} has expired`, `Renew it, or correct ${clock}`];
    case "notYetValid":
      return ["tls_failed", `A certificate of ${peer} isn't valid yet`, `Correct ${clock}`];
    case "wrongName":
      return [
        "tls_failed",
        `The certificate of ${peer} is for ${detail}, not for '${host}'`,
        "Connect to a name that the certificate has, or give the server a certificate with this name",
      ];
    case "notTls":
      return ["tls_failed", `${peer} does not speak TLS`, `Check the port. ${ports}`];
    case "closedInHandshake":
      return [
        "tls_failed",
        `${peer} closed the connection during the TLS handshake`,
        `Check the port: perhaps it does not speak TLS. ${ports}`,
      ];
    case "noCommonTls":
      return [
        "tls_failed",
        `The TLS handshake with ${peer} failed: there is no common TLS version or cipher suite`,
        "The server must support TLS 1.2 or later. Check its configuration, and the option 'cipher'",
      ];
    case "clientCertificate":
      return [
        "tls_failed",
        `${peer} requires another client certificate: ${detail}`,
        "Check that the server trusts the authority of the certificate that the client was created with",
      ];
    case "handshake":
      return ["tls_failed", `The TLS handshake with ${peer} failed: ${detail}`];
    case "unknownHost":
      return ["connect_failed", `Could not connect to ${peer}: ${detail}`, "Check the host name, and DNS"];
    case "unreachable":
      return [
        "connect_failed",
        `Could not connect to ${peer}: ${detail}`,
        "Check that the port is open. If a firewall blocks port 8883, set websockets: true",
      ];
    case "other":
      return ["connect_failed", `Could not connect to ${peer}: ${detail}`];
  }
}
