import { type Connection, ConnectionFailedError, type ConnectionHandlers, type Endpoint } from "@isohub/core";
import { openWebSocket, webClock, webSocketUrl } from "@isohub/core/web";

// Without it the hub asks for a client certificate, and the browser asks the person in front of it.
const noClientCertificate = "?iothub-no-client-cert=true";

/** Opens a WebSocket of the browser's. */
export function connect(
  endpoint: Endpoint,
  handlers: ConnectionHandlers,
  signal: AbortSignal,
): Promise<Connection> {
  const url = webSocketUrl(endpoint, noClientCertificate);
  const failed = (): Error =>
    // Whether it was the name, the port, the certificate or an answer of HTTP is kept from pages on purpose.
    new ConnectionFailedError(
      "connect_failed",
      `Could not open ${url}; the browser's console has the reason, which pages are not told`,
      {
        remediation: endpoint.secure
          ? "Check the host name and the network, and that the browser trusts the certificate; a local hub can be reached without one as ws://localhost:port"
          : "Check that the local hub runs and that this is its plain port",
      },
    );
  let socket: WebSocket;
  try {
    socket = new WebSocket(url, "mqtt");
  } catch (cause) {
    // A content security policy, or ws: from a page that came by https:.
    return Promise.reject(
      new ConnectionFailedError("connect_failed", `The browser does not let this page open ${url}`, {
        cause,
        remediation: "Allow it in connect-src of the page's Content-Security-Policy",
        retryable: false,
      }),
    );
  }
  return openWebSocket(socket, { clock: webClock, handlers, signal, failed });
}
