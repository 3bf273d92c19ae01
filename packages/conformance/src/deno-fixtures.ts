import { join } from "node:path";
import {
  fileStorage,
  IoTHubDeviceClient,
  IoTHubModuleClient,
  type MqttEngine,
  ProvisioningDeviceClient,
} from "@isohub/deno";
import { createCertificateRequest } from "@isohub/deno/csr";
import { createCertificate, createCertificateAuthority } from "@isohub/emulator";
import { freshId } from "./device.ts";
import { fileFolder } from "./files.ts";
import type { Fixtures } from "./fixtures.ts";
import { providedHub } from "./provided-hub.ts";

export function denoFixtures(transport: "tls" | "websockets", engine: MqttEngine): Fixtures {
  const { hub, ca } = providedHub();
  const folder = fileFolder();
  return {
    runtime: "deno",
    features: new Set(["tcp", "customTrust", "clientCertificate"]),
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
