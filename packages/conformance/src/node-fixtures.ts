import { IoTHubDeviceClient } from "@isohub/node";
import { inject } from "vitest";
import type { Fixtures } from "./fixtures.ts";
import { HubControl } from "./hub-control.ts";

export function nodeFixtures(transport: "tls" | "websockets"): Fixtures {
  const { ca, controlUrl } = inject("hub");
  return {
    runtime: "node",
    features: new Set(["tcp", "customTrust", "cipher", "clientCertificate", "proxy"]),
    clients: { IoTHubDeviceClient },
    transport,
    hub: new HubControl(controlUrl),
    connectOptions: { websockets: transport === "websockets", serverVerificationCert: ca },
  };
}
