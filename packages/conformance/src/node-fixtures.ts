import { IoTHubDeviceClient } from "@isohub/node";
import type { Fixtures } from "./fixtures.ts";
import { providedHub } from "./provided-hub.ts";

export function nodeFixtures(transport: "tls" | "websockets"): Fixtures {
  const { hub, ca } = providedHub();
  return {
    runtime: "node",
    features: new Set(["tcp", "customTrust", "cipher", "clientCertificate", "proxy"]),
    clients: { IoTHubDeviceClient },
    transport,
    hub,
    connectOptions: { websockets: transport === "websockets", serverVerificationCert: ca },
  };
}
