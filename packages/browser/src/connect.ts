import { type Connection, ConnectionFailedError, type ConnectionHandlers, type Endpoint } from "@isohub/core";
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
  const forbidden = policyViolations(new URL(url).origin);
  try {
    const socket = new WebSocket(url, "mqtt");
    return await openWebSocket(socket, {
      clock: browserClock,
      handlers,
      signal,
      failed: () => (forbidden.seen ? byPolicy(url) : unexplained(url, endpoint.secure)),
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === "SecurityError") throw byPolicy(url, error);
    throw error;
  } finally {
    forbidden.stop();
  }
}

/** Whether the page's own policy keeps it from an origin: the only reason that a page is told, and not by the WebSocket. */
function policyViolations(origin: string): { readonly seen: boolean; stop(): void } {
  let seen = false;
  const onViolation = (event: Event): void => {
    if (event instanceof SecurityPolicyViolationEvent && event.blockedURI.startsWith(origin)) seen = true;
  };
  addEventListener("securitypolicyviolation", onViolation);
  return {
    get seen() {
      return seen;
    },
    stop: () => removeEventListener("securitypolicyviolation", onViolation),
  };
}

function byPolicy(url: string, cause?: unknown): ConnectionFailedError {
  return new ConnectionFailedError("connect_failed", `The page's Content-Security-Policy forbids ${url}`, {
    cause,
    retryable: false,
    remediation: `Add ${new URL(url).origin} to connect-src of the policy`,
  });
}

// Whether it was the name, the port, the certificate or an answer of HTTP is kept from pages on purpose.
function unexplained(url: string, secure: boolean): ConnectionFailedError {
  return new ConnectionFailedError(
    "connect_failed",
    `Could not open ${url}; the browser's console has the reason, which pages are not told`,
    {
      remediation: secure
        ? "Check the host name and the network, and that the browser trusts the certificate; a local hub can be reached without one as ws://localhost:port"
        : "Check that the local hub runs and that this is its plain port",
    },
  );
}
