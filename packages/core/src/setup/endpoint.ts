import type { ClientCertificate } from "../auth/x509.ts";
import { ArgumentError } from "../errors.ts";
import type { Endpoint } from "../runtime/runtime.ts";
import { parseHost } from "./host-name.ts";
import type { ResolvedOptions } from "./resolve-options.ts";

/** The path of the hub's WebSocket. */
export const websocketPath = "/$iothub/websocket";

const tlsPort = 8883;
const websocketPort = 443;
const plainPort = 80;

/**
 * Returns the endpoint of a client's gateway, if it has one, or of its hub.
 *
 * @throws {ArgumentError} `invalid_argument`
 */
export function endpointOf(
  hubHost: string,
  options: ResolvedOptions,
  clientCertificate: ClientCertificate | undefined,
): Endpoint {
  const { host, port, secure } =
    options.gatewayHostname === undefined
      ? parseHost("The host name", hubHost)
      : parseHost("gatewayHostname", options.gatewayHostname);
  const {
    websockets = !secure,
    autoTransport,
    serverVerificationCert,
    cipher,
    proxyOptions,
    checkClock,
  } = options;
  if (!secure && !websockets) {
    throw new ArgumentError("invalid_argument", `websockets must be true for ws://${host}, got false`, {
      remediation: "Set websockets to true",
    });
  }
  return {
    transport: websockets ? "websocket" : "tcp",
    secure,
    host,
    port: port ?? (websockets ? (secure ? websocketPort : plainPort) : tlsPort),
    path: websocketPath,
    serverVerificationCert,
    cipher,
    clientCertificate,
    proxy: proxyOptions,
    autoTransport,
    checkClock,
  };
}
