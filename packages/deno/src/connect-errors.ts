import { ConnectionFailedError } from "@isohub/core";

/** An error of the network, of TLS or of the WebSocket upgrade, by the step that failed. */
export function connectError(
  message: string,
  { host, port }: { readonly host: string; readonly port: number },
  cause?: unknown,
): ConnectionFailedError {
  const where = `${host}:${port}`;
  if (cause instanceof Deno.errors.NotCapable) {
    return new ConnectionFailedError("connect_failed", `Deno does not allow a connection to ${where}`, {
      cause,
      retryable: false,
      remediation: `Run with --allow-net=${where}`,
    });
  }
  if (message.includes("invalid peer certificate")) {
    return new ConnectionFailedError("tls_failed", `The certificate of ${where} is not trusted: ${message}`, {
      cause,
      remediation: "Pass the PEM text of its certificate authority as serverVerificationCert",
    });
  }
  if (/fatal alert|handshake/i.test(message)) {
    return new ConnectionFailedError("tls_failed", `The TLS handshake with ${where} failed: ${message}`, {
      cause,
    });
  }
  // Deno tries a WebSocket that was refused again over HTTP/2, and only tells how that went.
  const status = /Invalid status code: (\d+)/.exec(message)?.[1];
  if (status !== undefined || message.includes("Didn't receive h2 alpn")) {
    return new ConnectionFailedError(
      "websocket_refused",
      `${where} did not accept the WebSocket upgrade${status === undefined ? "" : `: HTTP ${status}`}`,
      { cause },
    );
  }
  const remediation = message.includes("lookup address")
    ? "Check the host name of the hub"
    : "Check that the port is open; where a firewall blocks 8883, set websockets to true";
  return new ConnectionFailedError("connect_failed", `Could not connect to ${where}: ${message}`, {
    cause,
    remediation,
  });
}
