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
 * - `alert`: the peer ended the handshake with an alert
 * - `handshake`: another TLS error
 * - `unknownHost`: no address for the host name
 * - `noResolver`: no DNS server resolved the host name
 * - `refused`: nothing listens at the port
 * - `noAnswer`: the request for a TCP connection wasn't answered
 * - `noRoute`: the network of the peer can't be reached
 * - `unreachable`: one of the last three
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
  | "alert"
  | "handshake"
  | "unknownHost"
  | "noResolver"
  | "refused"
  | "noAnswer"
  | "noRoute"
  | "unreachable"
  | "other";

/** A peer that couldn't be connected to. */
export interface FailedPeer {
  readonly host: string;
  readonly port: number;
  readonly transport?: "tcp" | "websocket";
  readonly serverVerificationCert?: string | undefined;
}

/** The code, the problem, and the remedy of a failure. */
type Explanation = readonly [ErrorCodeOf<"ConnectionFailedError">, summary: string, remediation?: string];

/**
 * Creates the error for a connection that failed before it was ready, with the same hints on every runtime.
 *
 * @param detail - the report of the runtime; for `wrongName` the names in the certificate, for `expired` and `notYetValid` its end or start
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

/** Returns the first thing to do about a request for a TCP connection that wasn't answered. */
export function unansweredAdvice({ port, transport }: FailedPeer): string {
  // Packets to a blocked port are usually dropped, so there is no other sign of it.
  return port === 8883 && transport !== "websocket"
    ? "A firewall probably blocks port 8883. Set websockets: true, which uses port 443"
    : `Check the host name, and that no firewall blocks port ${port}`;
}

/**
 * Returns the first thing to do about the answer to a WebSocket upgrade.
 *
 * @param status - undefined if there was no readable answer
 * @param location - the destination of a redirect
 */
export function upgradeAdvice(status = 0, location = ""): string {
  // Without what may be secret: a password, and the query.
  const target = location.replace(/[?#].*$/s, "").replace(/\/\/[^/]*@/, "//");
  const leads = location === "" ? "" : `; this one leads to ${peerText(target)}`;
  if (status >= 300 && status < 400)
    return `Check that host and port are those of a hub, and that the network requires no sign-in. Redirects aren't followed${leads}`;
  switch (status) {
    case 401:
    case 407:
      return "Check the proxy or gateway in front of the hub: it requires a login, and the hub itself requires none at this point";
    case 403:
      return "Check the IP filter and the public network access of the hub, and the rules of the proxy or firewall";
    case 404:
      return "Check the host name: this server is not an IoT hub, or a gateway that doesn't forward WebSockets";
    case 429:
      return "Connect fewer devices at once: the hub limits the rate of new connections";
  }
  return status >= 500
    ? "Wait until the hub, or the gateway in front of it, is available again"
    : "Check that host and port are those of a hub, and that no proxy or firewall rejects WebSockets";
}

function explain(failure: ConnectFailure, target: FailedPeer, detail: string): Explanation {
  const { host, port, serverVerificationCert } = target;
  const peer = `${host}:${port}`;
  const notConnected = `Could not connect to ${peer}`;
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
      return ["tls_failed", `A certificate of ${peer} has expired${detail}`, `Renew it, or correct ${clock}`];
    case "notYetValid":
      return ["tls_failed", `A certificate of ${peer} isn't valid yet${detail}`, `Correct ${clock}`];
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
    case "alert":
      return [
        "tls_failed",
        `${peer} ended the TLS handshake with an error: ${detail}`,
        "Check the host name, and the log of the server or of the proxy in front of it",
      ];
    case "handshake":
      return [
        "tls_failed",
        `The TLS handshake with ${peer} failed: ${detail}`,
        "Check that the server supports TLS 1.2 or later, and that no proxy or firewall changes the connection",
      ];
    case "unknownHost":
      return [
        "connect_failed",
        `${notConnected}: there is no host '${host}' (${detail})`,
        "Check the spelling of the host name. That of a hub is like my-hub.azure-devices.net",
      ];
    case "noResolver":
      return [
        "connect_failed",
        `${notConnected}: no DNS server resolved '${host}' (${detail})`,
        "Check the network connection of this machine, and its DNS servers",
      ];
    case "refused":
      return [
        "connect_failed",
        `${notConnected}: nothing listens at this port, or a firewall rejects the connection (${detail})`,
        port === 8883 && target.transport !== "websocket"
          ? "Check the host and the port. If a firewall blocks port 8883, set websockets: true"
          : "Check the host and the port, and that the hub or gateway is running",
      ];
    case "noAnswer":
      return ["connect_failed", `${notConnected}: it did not answer (${detail})`, unansweredAdvice(target)];
    case "noRoute":
      return [
        "connect_failed",
        `${notConnected}: this machine has no route to it (${detail})`,
        "Check the network connection of this machine",
      ];
    case "unreachable":
      return ["connect_failed", `${notConnected}: ${detail}`, unansweredAdvice(target)];
    case "other":
      return ["connect_failed", `${notConnected}: ${detail}`];
  }
}
