import {
  IoTHubDeviceClient,
  IoTHubModuleClient,
  type MqttEngine,
  ProvisioningDeviceClient,
} from "@isohub/deno";
import { createCertificate, createCertificateAuthority } from "@isohub/emulator";
import type { CertificateMaker, Fixtures } from "./fixtures.ts";
import { providedHub } from "./provided-hub.ts";

export function denoFixtures(transport: "tls" | "websockets", engine: MqttEngine): Fixtures {
  const { hub, ca } = providedHub();
  return {
    runtime: "deno",
    features: new Set(["tcp", "customTrust", "clientCertificate"]),
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
