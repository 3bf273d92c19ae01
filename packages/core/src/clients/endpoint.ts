import type { ClientCertificate } from "../auth/x509.ts";
import type { Endpoint } from "../runtime.ts";
import type { ResolvedOptions } from "./client-options.ts";
import { parseHost } from "./host-name.ts";

/** The path of the hub's WebSocket. */
export const websocketPath = "/$iothub/websocket";

const tlsPort = 8883;
const websocketPort = 443;

/** Where a client connects: to its gateway if it has one, to its hub otherwise. */
export function endpointOf(
  hubHost: string,
  options: ResolvedOptions,
  clientCertificate: ClientCertificate | undefined,
): Endpoint {
  const { host, port } =
    options.gatewayHostname === undefined
      ? parseHost("The host name", hubHost)
      : parseHost("gatewayHostname", options.gatewayHostname);
  const { websockets, serverVerificationCert, cipher, proxyOptions } = options;
  return {
    transport: websockets ? "websocket" : "tcp",
    host,
    port: port ?? (websockets ? websocketPort : tlsPort),
    path: websocketPath,
    serverVerificationCert,
    cipher,
    clientCertificate,
    proxy: proxyOptions,
  };
}
