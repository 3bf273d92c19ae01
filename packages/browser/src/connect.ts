import { ConnectionFailedError, UnsupportedFeatureError } from "@isohub/core";
import type { Connection, ConnectionHandlers, Endpoint } from "@isohub/core/runtime";
import { openWebSocket, webSocketUrl } from "@isohub/core/web";
import { browserClock } from "./clock.ts";
import { OpeningLimit } from "./opening-limit.ts";

// Without it the hub requests a client certificate, and the browser prompts the user for one.
const noClientCertificate = "?iothub-no-client-cert=true";

// Chromium delays each further WebSocket by seconds from about the fourteenth that is opening.
const openingLimit = new OpeningLimit(8);

/** Opens the browser's WebSocket, at most eight at a time in a page. Resolves after the upgrade. */
export function connect(
  endpoint: Endpoint,
  handlers: ConnectionHandlers,
  signal: AbortSignal,
): Promise<Connection> {
  return openingLimit.run(signal, () => open(endpoint, handlers, signal));
}

async function open(
  endpoint: Endpoint,
  handlers: ConnectionHandlers,
  signal: AbortSignal,
): Promise<Connection> {
  const url = webSocketUrl(endpoint, noClientCertificate);
  if (typeof WebSocket !== "function")
    throw new UnsupportedFeatureError("This environment has no WebSocket", {
      remediation: "Run this code in a browser, or use @isohub/node",
    });
  const { origin } = new URL(url);
  handlers.onStep?.("WebSocket");
  // The page's policy is the only reason that a page can learn, though not from the WebSocket.
  let forbidden = false;
  const onViolation = ({ blockedURI }: SecurityPolicyViolationEvent): void => {
    forbidden ||= blockedURI.startsWith(origin);
  };
  const failed = (cause?: unknown): ConnectionFailedError =>
    forbidden
      ? new ConnectionFailedError("connect_failed", `The page's Content-Security-Policy blocks ${url}`, {
          cause,
          retryable: false,
          remediation: `Add ${origin} to connect-src in the policy`,
        })
      : connectFailed(url, endpoint.secure);
  // Only pages and their workers have policies and this function.
  globalThis.addEventListener?.("securitypolicyviolation", onViolation);
  try {
    const socket = new WebSocket(url, "mqtt");
    return await openWebSocket(socket, { clock: browserClock, handlers, signal, failed: () => failed() });
  } catch (error) {
    forbidden = error instanceof DOMException && error.name === "SecurityError";
    throw forbidden ? failed(error) : error;
  } finally {
    globalThis.removeEventListener?.("securitypolicyviolation", onViolation);
  }
}

// Browsers hide from pages whether the name, the port, the certificate or the HTTP response was the reason.
function connectFailed(url: string, secure: boolean): ConnectionFailedError {
  return new ConnectionFailedError(
    "connect_failed",
    `Could not connect to ${url}. The reason is in the browser's console.`,
    {
      remediation: secure
        ? "Check the host name, the network, and that the browser trusts the certificate. A local hub is ws://localhost:port"
        : "Check that the local hub runs, and that this is its plain port",
    },
  );
}
