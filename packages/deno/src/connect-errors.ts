import { ConnectionFailedError } from "@isohub/core";
import { type ConnectFailure, connectFailed } from "@isohub/core/runtime";

const statusCode = /Invalid status code: (\d+)/;

/** Classifies an error of the network, of TLS or of the WebSocket upgrade. Deno's errors have a message, but no code. */
export function connectError(
  message: string,
  peer: { readonly host: string; readonly port: number },
  cause?: unknown,
): ConnectionFailedError {
  const name = `${peer.host}:${peer.port}`;
  if (cause instanceof Deno.errors.NotCapable) {
    return new ConnectionFailedError("connect_failed", `Deno does not allow a connection to ${name}`, {
      cause,
      retryable: false,
      remediation: `Run with --allow-net=${name}`,
    });
  }
  const failure = failureOf(message);
  if (failure !== "refused") return connectFailed(failure, peer, message, cause);
  const status = statusCode.exec(message)?.[1];
  return new ConnectionFailedError(
    "websocket_refused",
    `${name} did not accept the WebSocket upgrade${status === undefined ? "" : `: HTTP ${status}`}`,
    { cause },
  );
}

function failureOf(message: string): ConnectFailure | "refused" {
  if (message.includes("invalid peer certificate")) return "untrusted";
  if (/fatal alert|handshake/i.test(message)) return "handshake";
  // Deno retries a refused WebSocket over HTTP/2, and reports only how that attempt ended.
  if (statusCode.test(message) || message.includes("Didn't receive h2 alpn")) return "refused";
  return message.includes("lookup address") ? "unknownHost" : "unreachable";
}
