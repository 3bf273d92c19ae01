import { join } from "node:path";
import { createCertificate, createCertificateAuthority } from "@isohub/emulator";
import {
  fileStorage,
  IoTHubDeviceClient,
  IoTHubModuleClient,
  type MqttEngine,
  ProvisioningDeviceClient,
} from "@isohub/node";
import { createCertificateRequest } from "@isohub/node/csr";
import { freshId } from "./device.ts";
import { fileFolder } from "./files.ts";
import type { Fixtures } from "./fixtures.ts";
import { providedHub } from "./provided-hub.ts";

export function nodeFixtures(transport: "tls" | "websockets", engine: MqttEngine): Fixtures {
  const { hub, ca } = providedHub();
  const folder = fileFolder();
  return {
    runtime: "node",
    features: new Set(["tcp", "customTrust", "cipher", "clientCertificate", "proxy"]),
    clients: { IoTHubDeviceClient, IoTHubModuleClient, ProvisioningDeviceClient },
    certificates: {
      authority: createCertificateAuthority,
      client: createCertificate,
      request: createCertificateRequest,
    },
    transport,
    engine,
    hubTransport: transport === "tls" ? "tls" : "wss",
    hub,
    connectOptions: { websockets: transport === "websockets", serverVerificationCert: ca, engine },
    newStorage: () => fileStorage(join(folder, freshId("assignment"))),
  };
}
