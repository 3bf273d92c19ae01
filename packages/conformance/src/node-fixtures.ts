import { createCertificate, createCertificateAuthority } from "@isohub/emulator";
import {
  IoTHubDeviceClient,
  IoTHubModuleClient,
  type MqttEngine,
  ProvisioningDeviceClient,
} from "@isohub/node";
import type { CertificateMaker, Fixtures } from "./fixtures.ts";
import { providedHub } from "./provided-hub.ts";

export function nodeFixtures(transport: "tls" | "websockets", engine: MqttEngine): Fixtures {
  const { hub, ca } = providedHub();
  return {
    runtime: "node",
    features: new Set(["tcp", "customTrust", "cipher", "clientCertificate", "proxy"]),
    clients: { IoTHubDeviceClient, IoTHubModuleClient, ProvisioningDeviceClient },
    certificates: {
      authority: createCertificateAuthority,
      client: createCertificate as CertificateMaker["client"],
    },
    transport,
    engine,
    hubTransport: transport === "tls" ? "tls" : "wss",
    hub,
    connectOptions: { websockets: transport === "websockets", serverVerificationCert: ca, engine },
  };
}
