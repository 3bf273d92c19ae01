import { ConnectionFailedError } from "../errors.ts";

/**
 * The reason why a connection failed:
 *
 * - `untrusted`: the peer's certificate isn't trusted
 * - `handshake`: another TLS error
 * - `unknownHost`: no address for the host name
 * - `unreachable`: nothing answers at the port
 * - `other`: none of these
 */
export type ConnectFailure = "untrusted" | "handshake" | "unknownHost" | "unreachable" | "other";

const remediations: Partial<Record<ConnectFailure, string>> = {
  untrusted: "Pass the PEM text of its certificate authority as serverVerificationCert",
  unknownHost: "Check the host name of the hub",
  unreachable: "Check that the port is open. If a firewall blocks port 8883, set websockets: true",
};

/** Creates the error for a connection that failed before it was ready, with the same hints on every runtime. */
export function connectFailed(
  failure: ConnectFailure,
  { host, port }: { readonly host: string; readonly port: number },
  detail: string,
  cause?: unknown,
): ConnectionFailedError {
  const peer = `${host}:${port}`;
  const isTls = failure === "untrusted" || failure === "handshake";
  const summary =
    failure === "untrusted"
      ? `The certificate of ${peer} isn't trusted`
      : failure === "handshake"
        ? `The TLS handshake with ${peer} failed`
        : `Could not connect to ${peer}`;
  const remediation = remediations[failure];
  return new ConnectionFailedError(isTls ? "tls_failed" : "connect_failed", `${summary}: ${detail}`, {
    cause,
    ...(remediation === undefined ? {} : { remediation }),
  });
}
