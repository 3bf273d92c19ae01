import { ConnectionFailedError } from "@isohub/core";
import type { Connection, ConnectionHandlers, Endpoint } from "@isohub/core/runtime";
import { openWebSocket, webSocketUrl } from "@isohub/core/web";
import { browserClock } from "./clock.ts";

// Without it the hub asks for a client certificate, and the browser asks the person in front of it.
const noClientCertificate = "?iothub-no-client-cert=true";

/** Opens a WebSocket of the browser's. */
export async function connect(
  endpoint: Endpoint,
  handlers: ConnectionHandlers,
  signal: AbortSignal,
): Promise<Connection> {
  const url = webSocketUrl(endpoint, noClientCertificate);
  const { origin } = new URL(url);
  // The only reason that a page is told, and not by the WebSocket: that its own policy keeps it from there.
  let forbidden = false;
  const onViolation = ({ blockedURI }: SecurityPolicyViolationEvent): void => {
    forbidden ||= blockedURI.startsWith(origin);
  };
  const failed = (cause?: unknown): ConnectionFailedError =>
    forbidden
      ? new ConnectionFailedError("connect_failed", `The page's Content-Security-Policy forbids ${url}`, {
          cause,
          retryable: false,
          remediation: `Add ${origin} to connect-src of the policy`,
        })
      : unexplained(url, endpoint.secure);
  addEventListener("securitypolicyviolation", onViolation);
  try {
    const socket = new WebSocket(url, "mqtt");
    return await openWebSocket(socket, { clock: browserClock, handlers, signal, failed: () => failed() });
  } catch (error) {
    forbidden = error instanceof DOMException && error.name === "SecurityError";
    throw forbidden ? failed(error) : error;
  } finally {
    removeEventListener("securitypolicyviolation", onViolation);
  }
}

// Whether it was the name, the port, the certificate or an answer of HTTP is kept from pages on purpose.
function unexplained(url: string, secure: boolean): ConnectionFailedError {
  return new ConnectionFailedError(
    "connect_failed",
    `Could not open ${url}; the browser's console has the reason, which pages are not told`,
    {
      remediation: secure
        ? "Check the host name and the network, and that the browser trusts the certificate; a local hub needs none as ws://localhost:port"
        : "Check that the local hub runs and that this is its plain port",
    },
  );
}
